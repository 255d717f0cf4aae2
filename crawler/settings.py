"""The crawl's Scrapy settings: one function of our own options, no look-up in the environment."""

from typing import Any

from crawler.config import CrawlOptions

MAX_BYTES = 8 * 1024 * 1024
REDIRECTS = 5
RETRIES = 2
VERSION = "0.1.0"


def user_agent(contact: str) -> str:
    """`Arvio/0.1.0 (+you@example.org)`: who fetches, and whom to write to."""
    return f"Arvio/{VERSION} (+{contact})" if contact else f"Arvio/{VERSION}"


def scrapy_settings(options: CrawlOptions, *, verify_tls: bool = True) -> dict[str, Any]:
    """Every setting that differs from Scrapy's defaults; `verify_tls` is the source's own."""
    return _identity(options) | _limits(options, verify_tls) | _closed() | _components()


def _identity(options: CrawlOptions) -> dict[str, Any]:
    return {
        "BOT_NAME": "arvio",
        "USER_AGENT": user_agent(options.contact),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "fi, hy;q=0.9, sv;q=0.6, ru;q=0.6, en;q=0.5",
        },
        "ARVIO_ALLOW_HOSTS": list(options.allow_hosts),
    }


def _limits(options: CrawlOptions, verify_tls: bool) -> dict[str, Any]:
    return {
        "AUTOTHROTTLE_ENABLED": options.delay > 0,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(options.per_host),
        "DOWNLOAD_DELAY": options.delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        # Scrapy starts so many tasks for every response, 100 by default; our pipeline takes items one by one.
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": max(16, options.per_host),
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.per_host,
        "DOWNLOAD_TIMEOUT": options.timeout,
        "DNS_TIMEOUT": min(options.timeout, 20.0),
        "DOWNLOAD_MAXSIZE": MAX_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": verify_tls,
        "REDIRECT_MAX_TIMES": REDIRECTS,
        "RETRY_TIMES": RETRIES,
        "DEPTH_LIMIT": 0,  # the hundredth page of a thread is no depth; max_pages bounds it
        "CLOSESPIDER_TIMEOUT": options.max_minutes * 60,
    }


def _closed() -> dict[str, Any]:
    """Doors that Scrapy leaves open by default (read in 2.18 and 2.19)."""
    return {
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,  # also the door of GHSA-cwxj-rr6w-m6w7, which loads the policy by name
        "METAREFRESH_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # reads the environment, and a proxy resolves names behind the guard
        "ROBOTSTXT_OBEY": False,  # Scrapy's own fails open; crawler.robots takes its place
        "JOBDIR": None,
        "FEEDS": {},
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
        "MEMUSAGE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
    }


def _components() -> dict[str, Any]:
    return {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "TWISTED_DNS_RESOLVER": "crawler.guards.GuardResolver",
        # Whole lists in place of Scrapy's own: what a later version adds stays off until we have read it.
        "DOWNLOADER_MIDDLEWARES_BASE": {
            "crawler.guards.UrlGuard": 10,
            "crawler.robots.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
            "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
            "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
            "crawler.politeness.RetryAfterMiddleware": 550,
            "crawler.politeness.BoundedCompressionMiddleware": 590,
            "crawler.politeness.SafeRedirectMiddleware": 600,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
            "crawler.guards.AddressGuard": 960,
            "crawler.politeness.PaceMiddleware": 1000,
        },
        "SPIDER_MIDDLEWARES_BASE": {
            "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
            "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
            "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800,
            "scrapy.spidermiddlewares.depth.DepthMiddleware": 900,
        },
        "EXTENSIONS_BASE": {
            "scrapy.extensions.corestats.CoreStats": 0,
            "scrapy.extensions.logcount.LogCount": 0,
            "scrapy.extensions.closespider.CloseSpider": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
        },
        "ITEM_PIPELINES": {"crawler.pipeline.StorePipeline": 300},
    }
