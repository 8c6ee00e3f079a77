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
