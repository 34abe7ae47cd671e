import io
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image, features

from movies.models import Movie
from movies.renditions import files_of, make_renditions, sources
from tests.factories import create_movie, create_showtime
from tests.movies.test_admin import ADD, change, words
from tests.movies.test_posters import picture

pytestmark = pytest.mark.django_db
STORES = {
    "files": "django.core.files.storage.FileSystemStorage",
    # Like a bucket: there are no paths, only names and URLs.
    "bucket": "django.core.files.storage.InMemoryStorage",
}


@pytest.fixture(autouse=True, params=STORES)
def storage(request, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": STORES[request.param]}}


def upload(size=(1600, 2400)):
    return SimpleUploadedFile("poster.jpg", picture(size=size), "image/jpeg")


def hung(size=(1600, 2400), **fields):
    """A movie with a poster from before there were sizes."""
    movie = create_movie(**fields)
    movie.poster.save("old.webp", ContentFile(picture("WEBP", size=size)))
    return movie


def size_of(name):
    with default_storage.open(name) as file, Image.open(io.BytesIO(file.read())) as image:
        return image.format, image.size


def all_files():
    return sorted(default_storage.listdir("posters")[1])


def test_upload_makes_three_sizes_in_two_kinds(admin_client):
    admin_client.post(ADD, words(poster=upload()))

    sizes = Movie.objects.get().poster_sizes
    assert size_of(sizes.pop("card")["1200"]) == ("JPEG", (1200, 630))
    assert features.check("avif")
    assert {kind: sorted(names, key=int) for kind, names in sizes.items()} == {
        "avif": ["200", "400", "800"],
        "webp": ["200", "400", "800"],
    }
    for kind, names in sizes.items():
        for width, name in names.items():
            assert size_of(name) == (kind.upper(), (int(width), int(width) * 3 // 2))


def test_small_upload_is_never_enlarged(admin_client):
    admin_client.post(ADD, words(poster=upload(size=(300, 450))))

    assert sorted(Movie.objects.get().poster_sizes["avif"]) == ["200", "300"]


def test_lighter_kind_weighs_less():
    movie = create_movie()
    movie.poster.save("noise.webp", ContentFile(noise()))
    make_renditions(movie)

    avif, webp = (default_storage.size(movie.poster_sizes[kind][400]) for kind in ("avif", "webp"))
    assert avif < webp


def noise():
    output = io.BytesIO()
    Image.effect_mandelbrot((800, 1200), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(output, "WEBP")
    return output.getvalue()


def test_pillow_without_avif_makes_webp_alone(monkeypatch):
    monkeypatch.setattr(features, "check", lambda feature: False)
    movie = hung()
    make_renditions(movie)

    assert list(movie.poster_sizes) == ["webp", "card"]


def test_page_lets_the_browser_choose(client):
    movie = hung()
    make_renditions(movie)
    movie.save()
    create_showtime(movie=movie)

    page = client.get("/").text

    srcset = re.search(r'<source type="image/avif" srcset="(.*?)" sizes="(.*?)">', page)
    assert re.findall(r"/media/posters/old-(\d+)\.avif \1w", srcset[1]) == ["200", "400", "800"]
    assert re.search(r'<source type="image/webp" srcset="[^"]*/media/posters/old\.webp 800w', page)
    assert (
        '<img class="poster" src="/media/posters/old.webp" alt="" width="400" height="600" fetchpriority="high">'
        in page
    )


def test_only_the_first_poster_of_a_page_hurries_and_those_below_wait(client):
    for _ in range(6):
        create_showtime(movie=hung())

    page = client.get("/").text

    assert (page.count('fetchpriority="high"'), page.count('loading="lazy"')) == (1, 2)


def test_poster_from_before_is_shown_as_it_is(client):
    movie = hung(slug="old")
    create_showtime(movie=movie)

    page = client.get("/movies/old/").text

    assert "<source" not in page
    assert 'src="/media/posters/old.webp"' in page


def test_poster_changed_by_the_version_before_is_not_shown_in_sizes_of_another():
    movie = hung()
    make_renditions(movie)
    movie.poster.name = "posters/other.webp"

    assert sources(movie) == []


def test_new_poster_takes_the_files_of_the_old_one_down(admin_client, django_capture_on_commit_callbacks):
    admin_client.post(ADD, words(poster=upload()))
    before = all_files()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(change(Movie.objects.get()), words(poster=upload()))

    assert (len(before), len(all_files()), set(before) & set(all_files())) == (7, 7, set())


@pytest.mark.parametrize("way", ["clear", "delete", "delete_selected"])
def test_poster_or_movie_gone_then_so_are_its_files(admin_client, django_capture_on_commit_callbacks, way):
    admin_client.post(ADD, words(poster=upload()))
    movie = Movie.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        if way == "clear":
            admin_client.post(change(movie), words(**{"poster-clear": "on"}))
        elif way == "delete":
            admin_client.post(f"/admin/movies/movie/{movie.pk}/delete/", {"post": "yes"})
        else:
            asked = {"action": "delete_selected", "_selected_action": movie.pk, "post": "yes"}
            admin_client.post("/admin/movies/movie/", asked)

    assert all_files() == []
    assert all(movie.poster_sizes == {} for movie in Movie.objects.all())


def test_other_changes_leave_the_files_alone(admin_client, django_capture_on_commit_callbacks):
    admin_client.post(ADD, words(poster=upload()))
    movie = Movie.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(change(movie), words(title="Dune 2"))

    assert files_of(Movie.objects.get()) == [f"posters/{name}" for name in all_files()]


def test_command_makes_the_sizes_of_old_posters_once(capsys):
    hung(title="Old")
    gone = create_movie("Gone", poster="posters/gone.webp")
    broken = create_movie("Broken")
    broken.poster.save("broken.webp", ContentFile(b"RIFF and no more"))

    call_command("resize_posters")
    said = capsys.readouterr().out.splitlines()
    call_command("resize_posters")

    unreadable = "its poster cannot be read. Upload it again."
    assert said == [f"Broken: {unreadable}", f"Gone: {unreadable}", "Old: done"]
    assert capsys.readouterr().out.splitlines() == said[:2]
    assert sources(Movie.objects.get(title="Old"))
    assert gone.poster_sizes == {}


def test_command_makes_the_picture_for_links_where_only_that_is_missing(capsys):
    movie = hung(title="Old")
    make_renditions(movie)
    take_down = movie.poster_sizes.pop("card")
    default_storage.delete(take_down[1200])
    movie.save()
    before = all_files()

    call_command("resize_posters")

    movie.refresh_from_db()
    assert capsys.readouterr().out == "Old: done\n"
    assert [size_of(name) for name in set(all_files_in_full()) - {f"posters/{name}" for name in before}] == [
        ("JPEG", (1200, 630))
    ]
    assert all_files_in_full() == files_of(movie)


def all_files_in_full():
    return [f"posters/{name}" for name in all_files()]


def test_links_to_a_movie_show_its_picture_and_one_from_before_its_poster(client, settings):
    settings.SITE_URL = "https://tickets.example"
    old, new = hung(slug="old"), hung(slug="new")
    make_renditions(new)
    new.save()

    said = [
        re.findall(r'"og:image" content="(.*?)"', client.get(movie.get_absolute_url()).text) for movie in (old, new)
    ]

    cards = [f"https://tickets.example{default_storage.url(name)}" for name in new.poster_sizes["card"].values()]
    assert said == [[f"https://tickets.example{old.poster.url}"], cards]
