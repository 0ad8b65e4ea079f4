//! Which Port the fake plays: the contract (a profile) and, for each fact that
//! nobody has verified, a switch.

/// The contract that the fake follows. Routes, authentication and errors are the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Profile {
    /// Webhooks are outgoing subscriptions with a `url` and `events`; the list has pages.
    #[default]
    Documented,
    /// Webhooks are incoming data sources with `mappings`, as in Port's published `OpenAPI` description.
    Live,
}

/// The status of a validation error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ValidationStatus {
    /// 422, as the live description declares.
    #[default]
    Unprocessable,
    /// 400, which clients of the documented contract also take for a validation error.
    BadRequest,
}

/// The key under which [`Profile::Live`] puts a list of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListKey {
    /// `integrations`, the plural of the key of a single webhook.
    #[default]
    Integrations,
    /// `webhooks`, as in the documented contract.
    Webhooks,
    /// `items`.
    Items,
}

/// The status of a successful create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CreateStatus {
    /// 201.
    #[default]
    Created,
    /// 200.
    Ok,
}

/// One switch for each fact about Port that is not verified.
///
/// The default is the reading that the fake's authors think most likely, until somebody has asked Port:
/// `docs/verified.md` of the repository is the ledger of that. A client that works with every setting does
/// not depend on a guess.
///
/// ```
/// use fake_port::{Unverified, ValidationStatus};
///
/// let switches = Unverified { validation_status: ValidationStatus::BadRequest, ..Unverified::default() };
/// assert!(switches.rename, "the others keep their defaults");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools)] // Independent switches, each yes or no; not a state machine.
pub struct Unverified {
    /// The status of a validation error. Default: 422.
    pub validation_status: ValidationStatus,
    /// The status of a successful create. Default: 201.
    pub create_status: CreateStatus,
    /// The key of a list in [`Profile::Live`]. Default: `integrations`.
    pub list_key: ListKey,
    /// Whether null in a PATCH of [`Profile::Documented`] clears `title`, `description`, `headers`,
    /// `security` and `security.secret` (`true`, the default) or is a validation error (`false`).
    pub null_clears: bool,
    /// Whether an `identifier` in a PATCH or PUT body that differs from the path renames the webhook
    /// (`true`, the default; 409 if the new one is taken) or is a validation error (`false`).
    pub rename: bool,
    /// Whether a token request answers with the token of the last one while that is valid, with less
    /// life left (`true`), or with a new token each time (`false`, the default).
    pub reissue_token: bool,
    /// Whether `error` is an object of `name`, `message` and `details` (`true`) or a string (`false`,
    /// the default).
    pub error_object: bool,
}

impl Default for Unverified {
    fn default() -> Self {
        Self {
            validation_status: ValidationStatus::default(),
            create_status: CreateStatus::default(),
            list_key: ListKey::default(),
            null_clears: true,
            rename: true,
            reissue_token: false,
            error_object: false,
        }
    }
}
