"""Everything that can go wrong for a caller, each with a stable code, an HTTP status and what to do next."""

from typing import Any


class SupportError(Exception):
    """Base of all errors a caller sees. `code` is stable; `detail` says what, where and what to do."""

    code = "internal"
    status = 500
    title = "Something went wrong on our side"

    def __init__(self, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class InvalidInput(SupportError):
    """The request is well-formed but its content can't be taken."""

    code = "invalid_input"
    status = 422
    title = "The request can't be taken as it is"


class WeakPassword(InvalidInput):
    """A new password that is too easy to guess; `reason` says why."""

    code = "weak_password"
    title = "Choose a better password"


class NothingToExport(InvalidInput):
    """No message has a label yet."""

    code = "nothing_to_export"
    title = "There is nothing to export"


class MessageTooLong(InvalidInput):
    """A message longer than the service reads."""

    code = "message_too_long"
    status = 413
    title = "The message is too long"


class FileRefused(InvalidInput):
    """A file of a kind we don't take, or one that is not what its name says."""

    code = "file_refused"
    title = "This file can't be taken"


class FileInfected(FileRefused):
    """The virus scanner found something."""

    code = "file_infected"
    title = "The file did not pass the virus check"


class FileTooLarge(InvalidInput):
    """A file larger than the service takes."""

    code = "file_too_large"
    status = 413
    title = "The file is too large"


class Unauthorized(SupportError):
    """No token, a forged, expired or revoked one."""

    code = "unauthorized"
    status = 401
    title = "Sign in first"


class SignInRefused(Unauthorized):
    """A wrong login, password or code; which of them is not said."""

    code = "sign_in_refused"
    title = "The login, the password or the code is wrong"


class Forbidden(SupportError):
    """A good token without the right to do this."""

    code = "forbidden"
    status = 403
    title = "Not allowed"


class CrossSiteRefused(Forbidden):
    """A request that another site made the browser send."""

    code = "csrf_refused"
    title = "The request did not come from this site"


class PasswordChangeNeeded(Forbidden):
    """Signed in with a one-time password: another one has to be chosen before anything else."""

    code = "password_change_needed"
    title = "Choose a password of your own first"


class NotFound(SupportError):
    """There is no such thing, or it is not for this caller."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(SupportError):
    """Somebody else was first, or the same key came with another content."""

    code = "conflict"
    status = 409
    title = "The state has changed"


class MessageMismatch(Conflict):
    """A message id came again with another text."""

    code = "message_id_reused"
    title = "This message id was already used for another text"


class NotHolder(Conflict):
    """Only the operator who holds a conversation may speak in it."""

    code = "not_holder"
    title = "You don't hold this conversation"


class StaleVersion(Conflict):
    """The caller acted on an old state of the conversation."""

    code = "stale_version"
    title = "The conversation has changed since it was read"


class StaleTable(Conflict):
    """A table (roster, targets, routes) was saved by somebody else since the caller read it; nothing was changed."""

    code = "stale_table"
    title = "The table has changed since it was read"


class TooManyRequests(SupportError):
    """Slow down; `retry_after` says for how many seconds."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class SignInThrottled(TooManyRequests):
    """Too many wrong sign-ins of this login or from this address."""

    code = "sign_in_throttled"
    title = "Too many wrong attempts to sign in"


class StorageUnavailable(SupportError):
    """The database is locked, read-only, full or away. Nothing was stored; the same request may be repeated."""

    code = "storage_unavailable"
    status = 503
    title = "The message could not be stored"


class ProviderUnavailable(SupportError):
    """The provider of single sign-on does not answer, or not as it should."""

    code = "provider_unavailable"
    status = 503
    title = "The sign-in provider is away"


class ChannelRefused(SupportError):
    """A platform was asked by an administrator and said no; the detail is what it said."""

    code = "channel_refused"
    status = 502
    title = "The platform refused"


class ScannerUnavailable(StorageUnavailable):
    """The virus scanner gives no answer; nothing is kept unchecked."""

    code = "scanner_unavailable"
    title = "Files can't be checked now"


class SetupError(SupportError):
    """A setting, file or folder is not as it must be for the service to start."""

    code = "setup"
    title = "The service is not set up"
