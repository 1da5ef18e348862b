"""How the technical picture looks: it stands alone in docs, without the pages' stylesheet."""

STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#10262e}.flow-name{font-size:16px;font-weight:700}.flow-name.is-small{font-size:14px}"
    ".flow-words,.flow-kind{fill:#4b5f68}.flow-words.is-small{font-size:10px}.flow-kind{font-weight:600}.flow-place,.flow-store{fill:#f0f4f3;stroke:#7d9097}"
    ".flow-frame{fill:none;stroke:#7d9097;stroke-dasharray:5 5}.flow-row-box{fill:#fff;stroke:#d8e1e2}.flow-row-box.is-worker{stroke:#0a6a5d;stroke-width:2.5}"
    ".flow-sign{fill:none;stroke:#4b5f68;stroke-width:1.6}.flow-bus{fill:none;stroke-width:2.5;stroke-linejoin:round}.flow-bus.is-read{stroke:#1b568c}"
    ".flow-bus.is-sent{stroke:#0a6a5d}.flow-pill{fill:#e5f0fa}.flow-pill.flow-sent{fill:#e0f2ee}"
)
