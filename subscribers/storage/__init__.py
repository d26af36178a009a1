"""Who is on the list, in SQL: functions that take a Connection and return values."""

from subscribers.storage.audience import active_among as active_among
from subscribers.storage.audience import active_pages as active_pages
from subscribers.storage.audience import is_read as is_read
from subscribers.storage.audience import wishes as wishes
from subscribers.storage.change import add as add
from subscribers.storage.change import change_status as change_status
from subscribers.storage.change import choose as choose
from subscribers.storage.change import remove as remove
from subscribers.storage.change import unsubscribe as unsubscribe
from subscribers.storage.consent_log import consents_of as consents_of
from subscribers.storage.erasure import erase as erase
from subscribers.storage.find import by_address as by_address
from subscribers.storage.find import by_id as by_id
from subscribers.storage.find import counts as counts
from subscribers.storage.find import mailable_ids as mailable_ids
from subscribers.storage.find import names_of as names_of
from subscribers.storage.find import required as required
from subscribers.storage.pages import all_pages as all_pages
from subscribers.storage.schema import HEAD as HEAD
from subscribers.storage.schema import is_current as is_current
from subscribers.storage.schema import migrate as migrate
from subscribers.storage.suppressions import is_suppressed as is_suppressed
from subscribers.storage.suppressions import release as release
from subscribers.storage.suppressions import suppress as suppress
from subscribers.storage.suppressions import suppression_of as suppression_of
