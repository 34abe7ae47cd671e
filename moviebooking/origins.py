"""What a Content-Security-Policy calls a source: scheme, host and port of an address."""

from urllib.parse import urlsplit


def origin(address: str) -> str:
    """Nothing for an address on this site."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def bucket_origins(options: dict) -> list[str]:
    """Where browsers get the pictures in a bucket: where the storage says, and where Amazon sends them on to."""
    if options["custom_domain"]:
        return [f"https://{options['custom_domain']}"]
    if options["endpoint_url"]:
        return [origin(options["endpoint_url"])]
    bucket, regions = options["bucket_name"], ["s3", f"s3.{options['region_name'] or 'us-east-1'}"]
    # A name with dots would not fit the certificate, so it is no host's.
    return [f"https://{region if '.' in bucket else f'{bucket}.{region}'}.amazonaws.com" for region in regions]
