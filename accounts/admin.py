from allauth.account.admin import EmailAddressAdmin
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialApp, SocialToken  # registers them, which is undone below
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# The keys of sign-in services come from the environment, and nobody needs to see customers' tokens.
admin.site.unregister([SocialApp, SocialToken, Authenticator])
# allauth lets everybody do it who sees the list.
EmailAddressAdmin.make_verified.allowed_permissions = ("change",)


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Only a superuser may touch staff: whoever can set their password or their rights can be them."""

    add_form = UserCreationForm
    list_display = ["email", "name", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    search_help_text = _("Email address or name, or how they begin.")
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]

    def get_search_results(self, request, queryset, search_term):
        words = search_term.strip()
        return (queryset.filter(pk__in=User.objects.called(words).values("pk")) if words else queryset), False

    def get_readonly_fields(self, request, obj=None):
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups", "user_permissions"]
        return [*super().get_readonly_fields(request, obj), *rights]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_touch(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and may_touch(request.user, obj)


def may_touch(user, obj):
    return user.is_superuser or obj is None or not (obj.is_staff or obj.is_superuser)
