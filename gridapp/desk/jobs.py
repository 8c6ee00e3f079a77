"""What people at the door mostly answer when asked for their job: offered beside the field, which takes any text.

Handbook 2.1: free text with a list of 40 common jobs. The departments are told the Chinese word, whatever is read here.
"""

from __future__ import annotations

JOBS: tuple[tuple[str, str], ...] = (
    ("装配工", "Assembler"),
    ("店员", "Shop assistant"),
    ("服务员", "Waiter"),
    ("学生", "Pupil or student"),
    ("无业", "Without work"),
    ("退休", "Retired"),
    ("外卖骑手", "Delivery rider"),
    ("建筑工", "Builder"),
    ("司机", "Driver"),
    ("保安", "Guard"),
    ("保洁员", "Cleaner"),
    ("厨师", "Cook"),
    ("快递员", "Courier"),
    ("搬运工", "Porter"),
    ("仓管员", "Storekeeper"),
    ("操作工", "Machine operator"),
    ("质检员", "Quality inspector"),
    ("缝纫工", "Seamstress"),
    ("焊工", "Welder"),
    ("电工", "Electrician"),
    ("木工", "Carpenter"),
    ("油漆工", "Painter"),
    ("装修工", "Decorator"),
    ("维修工", "Repairer"),
    ("机修工", "Mechanic"),
    ("美发师", "Hairdresser"),
    ("美容师", "Beautician"),
    ("家政员", "Domestic worker"),
    ("月嫂", "Maternity nurse"),
    ("护工", "Care worker"),
    ("医生", "Doctor"),
    ("教师", "Teacher"),
    ("会计", "Accountant"),
    ("文员", "Clerk"),
    ("销售员", "Salesperson"),
    ("客服", "Customer service"),
    ("程序员", "Programmer"),
    ("工程师", "Engineer"),
    ("个体经营", "Self-employed trader"),
    ("务农", "Farmer"),
)
"""(as departments are told, in English), the commonest first; the first six are in sight."""

SAID_BY = {"90100": JOBS[3][0], "90200": JOBS[5][0], "90300": JOBS[4][0]}
"""Code of an occupational category -> the job that it says already: pupils, the retired, who is without work."""
