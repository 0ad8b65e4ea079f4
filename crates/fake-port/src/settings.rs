//! How a fake was configured.

use std::time::Duration;

use url::Url;

use crate::activity::Observer;
use crate::delivery::Deliveries;
use crate::profile::{Profile, Unverified};

/// The settings of a fake, which stay until it is dropped.
pub(crate) struct Settings {
    /// The base URL of the fake.
    pub(crate) uri: String,
    pub(crate) profile: Profile,
    pub(crate) unverified: Unverified,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) unreachable: Vec<Url>,
    pub(crate) organization: String,
    pub(crate) deliveries: Deliveries,
    pub(crate) observer: Observer,
}
