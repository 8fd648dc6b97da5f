//! Feature flags: what is switched on, and for whom.
//!
//! A flag is made in the dashboard. Here it is switched on and off, given the users and
//! organizations it is on for, and asked for.
//!
//! ```no_run
//! use workos::feature_flags::ListOrganizationFeatureFlagsParams;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let flags = client.feature_flags();
//! let organization_id = "org_01EHZNVPK3SFK441A1RGBFSHRT";
//!
//! flags.enable_feature_flag("new-editor").await?;
//! flags.add_flag_target("new-editor", organization_id).await?;
//!
//! let on = flags
//!     .list_organization_feature_flags(
//!         organization_id,
//!         ListOrganizationFeatureFlagsParams::default(),
//!     )
//!     .await?;
//! assert!(on.data.iter().any(|flag| flag.slug == "new-editor"));
//!
//! flags.remove_flag_target("new-editor", organization_id).await?;
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use crate::{ObjectType, Page, Timestamp};

api! {
    /// What is switched on, and for whom. See [`feature_flags`](crate::feature_flags).
    FeatureFlagsApi, feature_flags;
}

#[doc(hidden)]
pub use crate::compat::feature_flags::*;

operations! {
    FeatureFlagsApi, feature_flags;

    /// Lists the flags of the environment, newest first unless told otherwise.
    GET "/feature-flags" => list_feature_flags(query: ListFeatureFlagsParams) -> Page<FeatureFlag>;

    /// Fetches one flag.
    GET "/feature-flags/{slug}" => get_feature_flag(slug) -> FeatureFlag;

    /// Switches a flag off for everybody in the environment.
    PUT "/feature-flags/{slug}/disable" => disable_feature_flag(slug) -> FeatureFlag;

    /// Switches a flag on in the environment: its targets and its default decide from now on.
    PUT "/feature-flags/{slug}/enable" => enable_feature_flag(slug) -> FeatureFlag;

    /// Turns a flag on for one user or organization, whose id (`user_…`, `org_…`) comes second.
    ///
    /// # Errors
    ///
    /// 400 when the id is neither a user's nor an organization's; 404 when there is no such flag,
    /// user or organization.
    POST "/feature-flags/{slug}/targets/{resource_id}"
        => add_flag_target(slug, resource_id) -> ();

    /// Takes a user or an organization, whose id comes second, off the targets of a flag.
    ///
    /// # Errors
    ///
    /// 400 when the id is neither a user's nor an organization's; 404 when there is no such flag,
    /// user or organization.
    DELETE "/feature-flags/{slug}/targets/{resource_id}"
        => remove_flag_target(slug, resource_id) -> ();

    /// Lists the flags that are on for an organization.
    GET "/organizations/{organization_id}/feature-flags"
        => list_organization_feature_flags(
            organization_id, query: ListOrganizationFeatureFlagsParams
        ) -> Page<FeatureFlag>;

    /// Fetches all flags of the environment with their targets, by slug, for a program that decides
    /// by itself: a flag that is not enabled is off; else it is on for its enabled targets, and has
    /// its default for everything else.
    GET "/sdk/feature-flags" => list_sdk_feature_flags() -> FlagPollResponse;

    /// Lists the flags that are on for a user, or for an organization the user is a member of.
    GET "/user_management/users/{user_id}/feature-flags"
        => list_user_feature_flags(user_id, query: ListUserFeatureFlagsParams)
        -> Page<FeatureFlag>;
}

list_params! {
    FeatureFlagsApi;
    ListFeatureFlagsParams for list_feature_flags {}
    ListOrganizationFeatureFlagsParams for list_organization_feature_flags {}
    ListUserFeatureFlagsParams for list_user_feature_flags {}
}

objects! {
    /// A switch for a part of your application.
    FeatureFlag {
        /// Always `feature_flag`.
        object: ObjectType,
        /// The flag's id. Operations take its slug instead.
        id: String,
        /// Only in events: the environment it belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        environment_id: Option<String>,
        /// What it is called in code, unique.
        slug: String,
        /// What it is called in the dashboard, which need not be unique.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// Who on your team looks after it.
        owner: Option<FeatureFlagOwner>,
        /// Labels to find it by.
        tags: Vec<String>,
        /// Whether it is on in the environment at all.
        enabled: bool,
        /// What it is for those who are no target of it.
        default_value: bool,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A member of your team who looks after a flag.
    #[derive(Eq)]
    FeatureFlagOwner {
        /// Their address.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
    }
}

/// All flags of an environment, by slug.
pub type FlagPollResponse = BTreeMap<String, FlagPollEntry>;

objects! {
    /// A flag with what is needed to decide whether it is on.
    #[derive(Eq)]
    FlagPollEntry {
        /// What it is called in code.
        slug: String,
        /// Whether it is on in the environment at all.
        enabled: bool,
        /// What it is for those who are no target of it.
        default_value: bool,
        /// For whom it is on.
        targets: FlagPollTargets,
    }

    /// For whom a flag is on.
    #[derive(Eq)]
    FlagPollTargets {
        /// Users.
        users: Vec<FlagPollTarget>,
        /// Organizations.
        organizations: Vec<FlagPollTarget>,
        /// Things of your own, such as workspaces.
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_targets: Option<Vec<FlagPollCustomTarget>>,
    }

    /// A user or an organization that is a target of a flag.
    #[derive(Eq)]
    FlagPollTarget {
        /// `user_…` or `org_…`
        id: String,
        /// Whether the flag is on for it.
        enabled: bool,
    }

    /// A thing of your own that is a target of a flag.
    #[derive(Eq)]
    FlagPollCustomTarget {
        /// The kind of thing, in your words.
        type_ as "type": String,
        /// Your id of it.
        id: String,
        /// Whether the flag is on for it.
        enabled: bool,
    }
}
