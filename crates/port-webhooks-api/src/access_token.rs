//! The request for an access token.

use crate::{AccessTokenRequest, ExtraFields, Secret};

impl AccessTokenRequest {
    /// The credentials of an organization.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            extra: ExtraFields::default(),
        }
    }
}
