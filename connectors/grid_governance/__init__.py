"""网格系统(综治) (WG): the base ledger of the grid, in the fields of GB/T 31000-2015."""
