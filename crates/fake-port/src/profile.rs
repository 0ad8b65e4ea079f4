//! Which Port the fake plays: the contract (a profile) and, for each fact that is not verified, a switch.

/// The contract that the fake follows. Routes, authentication and errors are the same in both.
///
/// ```
/// use fake_port::{FakePort, Profile};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), fake_port::StartError> {
/// let port = FakePort::builder().profile(Profile::Live).start().await?;
/// # let _ = port;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serve", derive(clap::ValueEnum))]
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
    /// 400.
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

/// The response of [`Profile::Documented`] to a page after the last one. The first page is never after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PastTheEnd {
    /// An empty list.
    #[default]
    EmptyList,
    /// 404.
    NotFound,
    /// A validation error of the parameter `page`.
    Invalid,
    /// `null` in place of the list.
    NullList,
    /// Success without the member that holds the list.
    NoList,
    /// 204, without a body.
    NoContent,
}

/// A switch for each fact about Port that is not verified.
///
/// The defaults are what the fake's authors think most likely; `docs/verified.md` of the repository says why, and which
/// of them were verified since. A client that works with every setting does not depend on a guess.
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
    /// In [`Profile::Documented`], whether null in a PATCH clears `title`, `description`, `headers`, `security` and
    /// `security.secret` (`true`, the default) or is a validation error (`false`).
    pub null_clears: bool,
    /// Whether an `identifier` in a PATCH or PUT body that differs from the path renames the webhook
    /// (`true`, the default; 409 if the new one is taken) or is a validation error (`false`).
    pub rename: bool,
    /// Whether a token request is answered with the last token while that is valid, with the time that it has left
    /// (`true`, the default), or with a new token each time (`false`).
    pub reissue_token: bool,
    /// Whether `error` is an object of `name`, `message` and `details` (`true`) or a string (`false`,
    /// the default).
    pub error_object: bool,
    /// In [`Profile::Live`], whether a PATCH that does not name `enabled` enables the webhook (`true`), as the default in
    /// Port's `OpenAPI` description says when it is read literally, or leaves it as it is (`false`, the default).
    pub patch_enables: bool,
    /// In [`Profile::Documented`], the response to a page after the last one. Default: an empty list.
    pub past_the_end: PastTheEnd,
}

impl Default for Unverified {
    fn default() -> Self {
        Self {
            validation_status: ValidationStatus::default(),
            create_status: CreateStatus::default(),
            list_key: ListKey::default(),
            null_clears: true,
            rename: true,
            reissue_token: true,
            error_object: false,
            patch_enables: false,
            past_the_end: PastTheEnd::default(),
        }
    }
}
