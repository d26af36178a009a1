"""The list in SQL: functions that take a `Connection` and return values.

    form ──▶ sign_up_queue ──▶ double_opt_in ──▶ mail_queue ──▶ (confirmation message)
    author ──▶ change, bulk (imports) ──▶ import_log (the last one can be undone)
    readers ◀── find (single, pages), links (by what a link holds), of active ones
    all changes ──▶ consent_log; suppressions and erasure keep people out

The names below are the ones other packages use most. The caller owns the transaction.
"""

from subscribers.storage.change import add as add
from subscribers.storage.change import change_status as change_status
from subscribers.storage.change import remove as remove
from subscribers.storage.change import save_choices as save_choices
from subscribers.storage.change import set_tags as set_tags
from subscribers.storage.change import unsubscribe as unsubscribe
from subscribers.storage.consent_log import consents_of as consents_of
from subscribers.storage.consent_log import count_unsubscribes as count_unsubscribes
from subscribers.storage.consent_log import erased_since as erased_since
from subscribers.storage.consent_log import gone_since as gone_since
from subscribers.storage.consent_log import last_consent_at as last_consent_at
from subscribers.storage.consent_log import last_erasure as last_erasure
from subscribers.storage.consent_log import monthly_counts as monthly_counts
from subscribers.storage.consent_log import newest_entry as newest_entry
from subscribers.storage.erasure import erase as erase
from subscribers.storage.find import FoundPage as FoundPage
from subscribers.storage.find import active_by_ids as active_by_ids
from subscribers.storage.find import active_links as active_links
from subscribers.storage.find import active_pages as active_pages
from subscribers.storage.find import all_pages as all_pages
from subscribers.storage.find import count_by_status as count_by_status
from subscribers.storage.find import count_choices as count_choices
from subscribers.storage.find import find_by_address as find_by_address
from subscribers.storage.find import find_by_id as find_by_id
from subscribers.storage.find import has_readers as has_readers
from subscribers.storage.find import links_of_ids as links_of_ids
from subscribers.storage.find import names_of as names_of
from subscribers.storage.find import require_by_address as require_by_address
from subscribers.storage.find import search as search
from subscribers.storage.find import with_address_prefix as with_address_prefix
from subscribers.storage.links import WISHES as WISHES
from subscribers.storage.links import find_by_link as find_by_link
from subscribers.storage.links import remember_wish as remember_wish
from subscribers.storage.links import restore_wishes as restore_wishes
from subscribers.storage.links import unsubscribe_by_link as unsubscribe_by_link
from subscribers.storage.rows import highest_number as highest_number
from subscribers.storage.rows import join_labels as join_labels
from subscribers.storage.rows import skip_numbers as skip_numbers
from subscribers.storage.rows import split_labels as split_labels
from subscribers.storage.schema import HEAD as HEAD
from subscribers.storage.schema import is_current as is_current
from subscribers.storage.schema import migrate as migrate
from subscribers.storage.schema import migrate_to as migrate_to
from subscribers.storage.schema import require_known_version as require_known_version
from subscribers.storage.schema import stored_version as stored_version
from subscribers.storage.suppressions import copy_suppressions as copy_suppressions
from subscribers.storage.suppressions import find_suppression as find_suppression
from subscribers.storage.suppressions import is_suppressed as is_suppressed
from subscribers.storage.suppressions import lift_suppression as lift_suppression
from subscribers.storage.suppressions import suppress as suppress
from subscribers.storage.tables import metadata as metadata
