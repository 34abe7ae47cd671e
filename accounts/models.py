import re

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.sessions import SessionStore

NAME_WORDS = SearchVector("name", config="simple")


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def with_address(self, email: str):
        """Whatever its capitals. Not by iexact, which asks for UPPER(email): the index is on LOWER(email)."""
        return self.alias(address=Lower("email")).filter(address=Lower(models.Value(email)))

    def called(self, words: str):
        """By name or address; of each word, and of the address, the beginning is enough. Two looks into an index."""
        every = self.order_by().values("pk")
        beginnings = " & ".join(f"{word}:*" for word in re.findall(r"\w+", words))
        by_name = every.alias(found=NAME_WORDS).filter(
            found=SearchQuery(beginnings, config="simple", search_type="raw")
        )
        looks = [every.filter(email__startswith=words.lower()), self.with_address(words).order_by().values("pk")]
        return self.filter(pk__in=looks[0].union(looks[1], *([by_name] if beginnings else [])))

    def get_by_natural_key(self, email):
        return self.with_address(email).get()


class User(AbstractUser):
    """A person; the email address is the login, whatever its capitals."""

    username = first_name = last_name = None
    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language of mails"), max_length=10, blank=True, default="", db_default="")
    uses_history = models.BooleanField(
        _("suggest movies by what I have seen"),
        default=True,
        db_default=True,
        help_text=_("Only you see the suggestions. Without it nobody looks at what you have seen."),
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_whatever_its_capitals",
                violation_error_message=_("Somebody has registered with this email address already."),
            )
        ]
        indexes = [GinIndex(NAME_WORDS, name="user_name_words")]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return self.name

    @property
    def public_name(self):
        """What strangers may read: the first part of the name, never an address; empty where there is none."""
        first = self.name.split()[:1]
        return "" if not first or "@" in first[0] else first[0]

    def get_short_name(self):
        return self.name.split(" ")[0] if self.name else self.email


class ChangeQuerySet(models.QuerySet):
    def of(self, obj, *children: tuple[type[models.Model], str]):
        """Of a row, and of the rows of other tables that belong to it: (their model, the column that says so)."""
        found = models.Q(table=obj._meta.db_table, row=obj.pk)
        for model, column in children:
            theirs = models.Q(**{f"before__{column}": obj.pk}) | models.Q(**{f"after__{column}": obj.pk})
            found |= models.Q(theirs, table=model._meta.db_table)
        return self.filter(found)


class Change(models.Model):
    """A row of another table, before and after. Written by the database itself, which refuses to rewrite it.

    `by` is no key, so that a person can go; empty means the shop itself, or a customer of their own booking.
    See also accounts/history.py.
    """

    at = models.DateTimeField(_("when"))
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    by = models.BigIntegerField(_("who"), null=True)
    why = models.CharField(_("why"), max_length=200, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("change")
        verbose_name_plural = _("history")
        indexes = [models.Index(fields=["table", "row", "-at"], name="changes_of_a_row")]

    def __str__(self):
        return f"{self.table} {self.row}, {self.at:%Y-%m-%d %H:%M}"


class Session(AbstractBaseSession):
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")

    @classmethod
    def get_session_store_class(cls):
        return SessionStore
