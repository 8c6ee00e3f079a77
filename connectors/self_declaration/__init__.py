"""自主申报系统 (ZZSB): landlords and employers declare who moves in and out; the grid declares on their behalf."""
