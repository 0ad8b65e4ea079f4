//! The origin of a data source.

open_enum! {
    /// The origin of a data source. Live contract.
    IntegrationType {
        /// `custom`: created by its owner.
        Custom = "custom",
        /// `template`: created from one of Port's templates.
        Template = "template",
    }
}
