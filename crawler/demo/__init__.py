"""The bundled demo site: hand-written mentions of invented brands, served on loopback.

`server.DemoSite` serves the pages, `config.demo_config` writes the configuration that crawls them, and
`key.answer_key` says how a reader would label each text.
"""
