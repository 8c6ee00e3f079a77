"""房屋编码系统 (FWBM): gives every flat the code that the other departments ask for."""
