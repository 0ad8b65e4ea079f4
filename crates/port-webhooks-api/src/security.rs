//! How signatures are made, and what a webhook's security settings are.

use crate::{AccessTokenRequest, ExtraFields, Secret, Security};

open_enum! {
    /// How the signature of a delivery to a data source is made. Live contract.
    SignatureAlgorithm {
        /// `sha1`: hex of HMAC-SHA1 over the body.
        Sha1 = "sha1",
        /// `sha256`: hex of HMAC-SHA256 over the body.
        Sha256 = "sha256",
        /// `plain`: the secret itself.
        Plain = "plain",
    }
}

open_enum! {
    /// How a data source came to be. Live contract.
    IntegrationType {
        /// `custom`: made by its owner.
        Custom = "custom",
        /// `template`: made from one of Port's templates.
        Template = "template",
    }
}

impl Security {
    /// Settings with a secret alone, as a subscription has them.
    pub fn with_secret(secret: impl Into<Secret>) -> Self {
        Self { secret: Some(secret.into()), ..Self::default() }
    }
}

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
