from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "moviebooking.office.OfficeSite"
