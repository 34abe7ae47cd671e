from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVector
from django.db import migrations


class Migration(migrations.Migration):
    """Over all people, so without a lock that sales would wait for. After “lock timeout”: run it again."""

    atomic = False
    dependencies = [("accounts", "0006_language")]
    operations = [
        # Half built by a run that was broken off.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS user_name_words", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="user",
            index=GinIndex(SearchVector("name", config="simple"), name="user_name_words"),
        ),
    ]
