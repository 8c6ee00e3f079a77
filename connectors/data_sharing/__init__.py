"""政务信息资源共享系统 (GXPT): the city's exchange of data resources."""
