from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "gridapp.watch"
    verbose_name = "seen from outside"
