from tests.desk.cast import (  # noqa: F401 - fixtures
    areas,
    auditor,
    building,
    flat,
    other_worker,
    resident,
    static_root,
    targets,
    worker,
)
from tests.review.cast import as_, officer, paper, people, waiting  # noqa: F401 - fixtures
from tests.review.objecting_cast import raised  # noqa: F401 - fixtures
from tests.review.reporting import happened, rows, today, yesterday  # noqa: F401
from tests.review.rights_cast import lodged, second_supervisor, sent, tombstones  # noqa: F401 - fixtures
from tests.review.settled import named, plain, receiver, second  # noqa: F401 - fixtures
from tests.review.two_grids import both, claimed, far_flat  # noqa: F401 - fixtures
