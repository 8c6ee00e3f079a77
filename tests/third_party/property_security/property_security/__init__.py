"""物业安保系统 (WYAB): what it receives, how it is told, what it answers, and how it behaves."""
