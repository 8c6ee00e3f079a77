"""The conformance kit finds what it is there to find: connectors that break one promise each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors import testing
from connectors import trial as trials
from connectors.plain_json.connector import PlainJson
from connectors.plain_json.sandbox import PlainReceiver
from connectors.provincial_governance.connector import ProvincialGovernance
from connectors.provincial_governance.sandbox import DEPARTMENT as PROVINCE
from connectors.sandbox import Department
from connectors.self_declaration.connector import SelfDeclaration
from connectors.self_declaration.sandbox import DEPARTMENT as DECLARATIONS
from connectors.subject import Subject
from connectors.trial import Trial
from gridapp.contract import Connector
from tests.connectors import broken, broken_by_hand

CHECKS = {check.__name__: check for check in testing.CHECKS}
HOMES: dict[type[Connector], tuple[str, type[Department]]] = {
    PlainJson: ("connectors.plain_json", PlainReceiver),
    SelfDeclaration: ("connectors.self_declaration", DECLARATIONS),
    ProvincialGovernance: ("connectors.provincial_governance", PROVINCE),
    broken_by_hand.Card: ("connectors.plain_json", broken_by_hand.PaperOffice),
}
"""Where the whole one of each kind lives, and its department."""

FOUND: dict[type[Connector], tuple[str, ...]] = {
    broken.DropsAField: ("everything_that_a_preview_shows_is_held",),
    broken.CutsAValue: (
        "the_longest_value_it_can_say_arrives_whole",
        "a_value_beyond_its_limit_is_refused_with_its_field",
    ),
    broken.DropsARareCharacter: ("a_rare_character_arrives_or_is_refused_with_its_field",),
    broken.RetriesARejection: ("a_refused_record_is_not_sent_again",),
    broken.CallsARejectionTemporary: ("a_refusal_hits_its_own_record_and_no_other",),
    broken.TakesAnyAnswerForAYes: (
        "an_error_under_status_200_is_no_success",
        "a_refusal_hits_its_own_record_and_no_other",
    ),
    broken.IgnoresPartialResults: ("a_refusal_hits_its_own_record_and_no_other",),
    broken.SendsTwice: ("a_record_goes_out_once",),
    broken.FollowsARedirect: ("a_redirect_is_not_followed",),
    broken.HasNoDeadline: (
        "a_department_that_hangs_ends_within_the_deadline_in_doubt",
        "an_answer_that_drips_ends_within_the_deadline_in_doubt",
    ),
    broken.PromisesNoTimeForACall: ("its_deadline_leaves_time_for_a_whole_call",),
    broken.LeaksAnUndeclaredField: ("nothing_undeclared_is_read",),
    broken.ShowsWhatItDoesNotSend: (
        "a_preview_shows_what_is_required_in_their_names_and_nothing_else",
        "everything_that_a_preview_shows_is_held",
    ),
    broken.SwallowsAnException: (
        "down_is_unavailable_and_certainly_not_sent",
        "a_lost_answer_is_in_doubt",
        "wrong_credentials_are_for_the_operator",
    ),
    broken.BlamesTheWorkerForEverything: (
        "wrong_credentials_are_for_the_operator",
        "a_server_error_is_unavailable",
        "a_cut_connection_is_unavailable",
        "a_page_instead_of_an_answer_is_no_success",
    ),
    broken.IsNeverInDoubt: (
        "a_lost_answer_is_in_doubt_and_sending_again_stores_once",
        "a_department_that_hangs_ends_within_the_deadline_in_doubt",
        "an_answer_without_end_is_not_read_to_the_end",
    ),
    broken.IsAlwaysInDoubt: ("down_is_unavailable_and_certainly_not_sent",),
    broken.UsesANewKeyEachTime: ("the_same_key_sent_twice_is_stored_once",),
    broken.ForgetsOne: ("a_batch_gets_one_answer_each_in_order",),
    broken.StopsForOneBadRecord: ("a_value_that_cannot_be_said_stops_no_other_record",),
    broken.TellsTales: ("down_is_unavailable_and_certainly_not_sent",),
    broken.QuotesItsToken: ("a_preview_and_an_error_tell_no_secret",),
    broken.CallsASecretNoSecret: ("settings_are_declared_and_secrets_are_marked",),
    broken.ChecksNothing: ("checking_changes_nothing_and_finds_wrong_credentials",),
    broken.LosesTheTicket: ("every_record_gets_a_ticket_of_its_own", "a_record_of_every_kind_arrives"),
    broken.RemembersTicketsInItself: ("a_ticket_outlives_the_connection_it_was_given_on",),
    broken.MatchesByPosition: ("tickets_are_answered_each_in_its_place",),
    broken.TakesTheRestForDone: ("what_a_batch_does_not_answer_is_no_success",),
    broken.BelievesEveryCall: (
        "a_changed_body_is_forged",
        "a_call_without_its_headers_is_forged",
        "another_targets_key_does_not_open_this_one",
        "a_forged_call_is_refused",
    ),
    broken.ReadsOnlyWhatIsSigned: ("a_changed_body_is_forged",),
    broken.FindsEverything: ("what_never_arrived_is_not_found", "each_of_several_is_found_for_itself"),
    broken.FindsWhateverHasTheKey: ("a_yes_that_kept_nothing_is_found_out", "other_content_is_not_taken_for_ours"),
    broken_by_hand.SendsByItself: ("nothing_goes_out_by_itself", "a_record_of_every_kind_arrives"),
    broken_by_hand.TakesEveryRowForDone: (
        "bad_rows_come_back_and_the_others_are_in",
        "the_answer_to_another_sheet_is_no_yes",
        "a_return_that_lacks_a_row_is_no_yes_for_it",
        "rows_are_matched_by_their_own_key_and_never_by_their_place",
    ),
    broken_by_hand.TakesAnyFileForAnAnswer: ("a_file_that_is_no_answer_is_refused",),
    broken_by_hand.MatchesRowsByPlace: ("bad_rows_come_back_and_the_others_are_in",),
    broken_by_hand.PutsEverythingIntoOneSheet: (
        "a_sheet_is_of_one_kind",
        "more_than_a_batch_does_not_go_into_one_sheet",
    ),
    broken_by_hand.CutsWhatItShows: ("a_card_shows_no_value_that_their_form_cannot_hold",),
    broken_by_hand.IsReadyBeforeAnybodyTypes: ("nothing_goes_out_by_itself",),
}
"""What is broken -> the checks that must find it."""


def home_of(connector: type[Connector]) -> type[Connector]:
    """The whole one that it is made from."""
    return next(one for one in connector.__mro__ if one in HOMES)


@pytest.fixture(scope="module")
def departments() -> Iterator[Callable[[type[Connector]], Trial]]:
    """A trial of a connector, whole or broken, in front of the department of its kind."""
    running = {whole: department() for whole, (_, department) in HOMES.items()}
    for one in running.values():
        one.start()

    def trial(connector: type[Connector]) -> Trial:
        whole = home_of(connector)
        return Trial(Subject(connector, *HOMES[whole]), running[whole])

    yield trial
    for one in running.values():
        one.stop()


@pytest.mark.parametrize(
    ("connector", "name"),
    [pytest.param(one, name, id=f"{one.__name__}-{name}") for one, names in FOUND.items() for name in names],
)
def test_a_broken_promise_is_found(
    connector: type[Connector],
    name: str,
    departments: Callable[[type[Connector]], Trial],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trials, "DECIDED_WITHIN", 1.0)  # whoever waits here waits in vain
    trial = departments(connector)

    with pytest.raises(AssertionError):
        CHECKS[name](trial)


def test_what_must_be_found_is_what_the_kit_looks_at() -> None:
    for connector, names in FOUND.items():
        whole = home_of(connector)
        looked_at = {check.__name__ for check in testing.checks_for(Subject(connector, *HOMES[whole]))}

        assert set(names) <= looked_at, connector


def test_every_promise_has_a_name_of_its_own_and_there_are_about_fifty_for_each() -> None:
    assert len(CHECKS) == len(testing.CHECKS) >= 50
    assert "gives_the_claimed_outcome" not in CHECKS
    for whole in (PlainJson, SelfDeclaration):
        assert len(testing.checks_for(Subject(whole, *HOMES[whole]))) >= 40


def test_no_promise_about_a_ticket_is_asked_of_who_gives_none() -> None:
    names = {check.__name__ for check in testing.checks_for(Subject(PlainJson, *HOMES[PlainJson]))}

    assert "a_ticket_nobody_gave_is_no_success" not in names
    assert "a_changed_body_is_forged" not in names
    assert "nothing_goes_out_by_itself" not in names
    assert "a_redirect_is_not_followed" in names


def test_a_card_that_nobody_breaks_keeps_its_promises(departments: Callable[[type[Connector]], Trial]) -> None:
    subject = Subject(broken_by_hand.Card, *HOMES[broken_by_hand.Card])
    checks = [check for check in testing.checks_for(subject) if check.__module__.endswith("by_hand")]

    assert len(checks) == 2
    for check in checks:
        check(departments(broken_by_hand.Card))
