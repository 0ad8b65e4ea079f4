//! Constructors and setters of the bodies of requests, most of which have the same fields, and constructors of the
//! mappings and security settings in them.

use serde_json::Value;

use crate::{
    AccessTokenRequest, EventType, ExtraFields, IntegrationType, JqOrQuery, Mapping, MappingEntity,
    MappingOperation, NewWebhook, Secret, Security, WebhookPatch, WebhookReplacement,
};

macro_rules! common_setters {
    ($type:ident, $identifier:literal) => {
        impl $type {
            setters! {
                #[doc = $identifier]
                identifier: String,
                /// Sets the title, at most 30 characters.
                title: String,
                /// Sets the description, at most 200 characters.
                description: String,
                /// Sets the icon. Live contract.
                icon: String,
                /// Sets the URL that Port sends deliveries to. Documented contract.
                url: String,
                /// Sets the origin of the data source. Live contract.
                integration_type: IntegrationType,
            }

            /// Sets whether the webhook is active: a subscription sends deliveries, a data source accepts them.
            #[must_use]
            pub fn enabled(mut self, enabled: bool) -> Self {
                self.enabled = enabled.into();
                self
            }

            /// Sets the events to subscribe to, as a whole. An unknown event is sent as it is. Documented contract.
            #[must_use]
            pub fn events<E: Into<EventType>>(mut self, events: impl IntoIterator<Item = E>) -> Self {
                self.events = Vec::from_iter(events.into_iter().map(Into::into)).into();
                self
            }

            /// Sets how deliveries become entities, as a whole. Live contract.
            #[must_use]
            pub fn mappings(mut self, mappings: impl IntoIterator<Item = Mapping>) -> Self {
                self.mappings = Vec::from_iter(mappings).into();
                self
            }

            /// Sets a field by its JSON name: one without a setter, or with a value that its setter does not accept.
            /// It replaces what the setter has set.
            #[must_use]
            pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                let name = name.into();
                match name.as_str() {
                    "identifier" => self.identifier = Default::default(),
                    "title" => self.title = Default::default(),
                    "description" => self.description = Default::default(),
                    "icon" => self.icon = Default::default(),
                    "url" => self.url = Default::default(),
                    "events" => self.events = Default::default(),
                    "headers" => self.headers = Default::default(),
                    "security" => self.security = Default::default(),
                    "enabled" => self.enabled = Default::default(),
                    "mappings" => self.mappings = Default::default(),
                    "integrationType" => self.integration_type = Default::default(),
                    _ => {}
                }
                self.extra.insert(name, value.into());
                self
            }
        }
    };
}

common_setters!(NewWebhook, "Sets the identifier.");
common_setters!(WebhookReplacement, "Sets the identifier.");
common_setters!(WebhookPatch, "Sets a new identifier. Whether Port allows that is not verified.");

macro_rules! whole_webhook {
    ($type:ident) => {
        impl $type {
            /// A subscription: Port sends its events to `url`. Documented contract.
            ///
            /// Port requires an `identifier` of 1 to 30 characters, an absolute http or https `url` that it can
            /// reach, and at least one event.
            pub fn subscription(identifier: impl Into<String>, url: impl Into<String>) -> Self {
                Self { identifier: Some(identifier.into()), url: Some(url.into()), ..Self::default() }
            }

            /// A data source: third parties send data to Port, which turns it into entities. Live contract.
            ///
            /// Port requires a `title` of at most 30 characters, and generates an identifier unless one is set. The
            /// data source is enabled.
            pub fn data_source(title: impl Into<String>) -> Self {
                Self { title: Some(title.into()), enabled: Some(true), ..Self::default() }
            }

            /// Adds a header that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
                self.headers.get_or_insert_default().insert(name, value);
                self
            }

            /// Adds headers that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn headers<N: Into<String>, V: Into<Secret>>(
                mut self,
                headers: impl IntoIterator<Item = (N, V)>,
            ) -> Self {
                self.headers.get_or_insert_default().extend(headers);
                self
            }

            /// Sets the secret that signs deliveries: raw text, not empty.
            #[must_use]
            pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
                self.security.get_or_insert_default().secret = Some(secret.into());
                self
            }

            /// Sets the security settings, as a whole.
            #[must_use]
            pub fn security(mut self, security: Security) -> Self {
                self.security = Some(security);
                self
            }
        }
    };
}

whole_webhook!(NewWebhook);
whole_webhook!(WebhookReplacement);

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

impl Mapping {
    /// A mapping that creates entities of a blueprint. `identifier` is the jq expression, or the query, for the
    /// identifier of an entity.
    ///
    /// ```
    /// use port_webhooks_api::Mapping;
    ///
    /// let mapping = Mapping::create("incident", ".body.id");
    /// assert_eq!(serde_json::to_value(mapping)?, serde_json::json!({
    ///     "blueprint": "incident", "operation": { "type": "create" }, "entity": { "identifier": ".body.id" },
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn create(blueprint: impl Into<String>, identifier: impl Into<JqOrQuery>) -> Self {
        Self::new(blueprint.into(), identifier.into(), MappingOperation::Create)
    }

    /// A mapping that deletes entities of a blueprint. `identifier` is the jq expression for the identifier of an
    /// entity.
    pub fn delete(blueprint: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self::new(
            blueprint.into(),
            JqOrQuery::Jq(identifier.into()),
            MappingOperation::Delete { delete_dependents: None },
        )
    }

    fn new(blueprint: String, identifier: JqOrQuery, operation: MappingOperation) -> Self {
        Self {
            blueprint: Some(blueprint),
            operation: Some(operation),
            entity: Some(MappingEntity { identifier: Some(identifier), ..MappingEntity::default() }),
            ..Self::default()
        }
    }
}

impl Security {
    /// Settings with a secret only, as for a subscription.
    pub fn with_secret(secret: impl Into<Secret>) -> Self {
        Self { secret: Some(secret.into()), ..Self::default() }
    }
}
