"""Happy Trails: posts come in, one issue goes out, each subscriber gets it once.

    feeds -> reader -> posts -> composer -> issue -> editions -> sender -> deliveries

`reader`, `composer`, `sender`, `mailbox` and `storage` take values and know nothing of each
other. The use cases join them: `collecting`, `addressing`, `scheduling`, `editorial`,
`subscriptions` and `delivery`, in the order of `pipeline`. `cli`, `desk` (the author's pages) and
`site` (the public pages) call the use cases. `app` opens a newsletter folder.
docs/architecture.md says who may import whom.
"""

__version__ = "0.1.0"
