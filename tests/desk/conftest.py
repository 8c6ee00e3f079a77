from tests.desk.cast import (  # noqa: F401 - fixtures
    areas,
    auditor,
    building,
    desk,
    flat,
    form_of,
    other_worker,
    resident,
    static_root,
    targets,
    worker,
)
from tests.desk.portals import liar, linked  # noqa: F401 - fixtures
from tests.desk.signing import bound, supervisor, tablet  # noqa: F401 - fixtures
