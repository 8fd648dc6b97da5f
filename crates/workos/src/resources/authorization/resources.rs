//! Resources: the things in an organization that roles are assigned on, as a tree.

use super::AuthorizationApi;
use crate::{Nullable, ObjectType, Page, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists resources, newest first unless told otherwise.
    ///
    /// # Errors
    ///
    /// 400 `missing_organization_id_or_resource_type_slug` when a filter needs these beside it.
    GET "/authorization/resources" => list_resources(query: ListResourcesParams)
        -> Page<AuthorizationResource>;

    /// Registers something of yours as a resource.
    ///
    /// # Errors
    ///
    /// 409 `authorization_resource_external_id_conflict` when the id of your own is taken. 400
    /// `lock_timeout` and 409 `resource_type_update_in_progress` pass: try again.
    POST "/authorization/resources" => create_resource(body: CreateResource)
        -> AuthorizationResource;

    /// Fetches one resource.
    GET "/authorization/resources/{resource_id}"
        => get_resource(resource_id) -> AuthorizationResource;

    /// Changes a resource, or moves it below another one. Fields that are left out keep their
    /// value.
    ///
    /// # Errors
    ///
    /// 400 `lock_timeout` and 409 `resource_type_update_in_progress` pass: try again.
    PATCH "/authorization/resources/{resource_id}"
        => update_resource(resource_id, body: UpdateResource) -> AuthorizationResource;

    /// Deletes a resource and, if asked to, everything below it.
    ///
    /// # Errors
    ///
    /// 409 `resource_has_dependents` when there is something below it or a role is assigned on it,
    /// and `cascade_delete` is not set. 400 `lock_timeout` and 409
    /// `resource_type_update_in_progress` pass: try again.
    DELETE "/authorization/resources/{resource_id}"
        => delete_resource(resource_id, query: DeleteResourceParams) -> ();

    /// Fetches the resource that carries an id of your own.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => get_resource_by_external_id(organization_id, resource_type_slug, external_id)
        -> AuthorizationResource;

    /// [`update_resource`](Self::update_resource), by an id of your own.
    PATCH "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => update_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            body: UpdateResource
        ) -> AuthorizationResource;

    /// [`delete_resource`](Self::delete_resource), by an id of your own.
    DELETE "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => delete_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: DeleteResourceByExternalIdParams
        ) -> ();
}

list_params! {
    AuthorizationApi;
    ListResourcesParams for list_resources {
        /// Only those of this organization.
        organization_id: Option<String>,
        /// Only those of this type.
        resource_type_slug: Option<String>,
        /// Only the one with this id of your own.
        resource_external_id: Option<String>,
        /// Only those right below this one.
        flat parent: Option<Parent>,
    }
}

inputs! {
    /// How to delete a resource.
    DeleteResourceParams {
        /// Whether to delete everything below it and all assignments too; the server's default is not
        /// to, and to refuse if there are any.
        cascade_delete: Option<bool>,
    }
}

/// How to delete a resource.
pub type DeleteResourceByExternalIdParams = DeleteResourceParams;

inputs! {
    /// A new resource.
    CreateResource {
        /// An id of your own, up to 128 ASCII characters.
        external_id: String,
        /// What people call it, up to 48 characters.
        name: String,
        /// What it is, up to 150 characters.
        description: Option<String>,
        /// The slug of its type, which was set up in the dashboard.
        resource_type_slug: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The resource to put it below.
        flat parent_resource: Option<ParentResource>,
    }

    /// What to change about a resource.
    UpdateResource {
        /// What people call it, up to 48 characters.
        name: Option<String>,
        /// What it is, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
        /// The resource to move it below.
        flat parent_resource: Option<ParentResource>,
    }
}

/// What to change about a resource.
pub type UpdateResourceByExternalIdParamsBody = UpdateResource;

choices! {
    /// The resource that others are below.
    #[non_exhaustive]
    ParentResource {
        /// By WorkOS's id.
        ById {
            /// `authz_resource_…`
            parent_resource_id: String,
        }
        /// By an id of your own.
        ByExternalId {
            /// The id.
            parent_resource_external_id: String,
            /// The slug of the resource's type.
            parent_resource_type_slug: String,
        }
    }
}

impl ParentResource {
    /// The one with this id of WorkOS.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { parent_resource_id: id.into() }
    }

    /// The one of this type with this id of your own.
    pub fn by_external_id(
        resource_type_slug: impl Into<String>,
        external_id: impl Into<String>,
    ) -> Self {
        Self::ByExternalId {
            parent_resource_external_id: external_id.into(),
            parent_resource_type_slug: resource_type_slug.into(),
        }
    }
}

choices! {
    /// The resource that [`list_resources`](AuthorizationApi::list_resources) looks below. It is
    /// [`ParentResource`] with another spelling on the wire.
    #[non_exhaustive]
    Parent {
        /// By WorkOS's id.
        ById {
            /// `authz_resource_…`
            parent_resource_id: String,
        }
        /// By an id of your own.
        ByExternalId {
            /// The slug of the resource's type.
            parent_resource_type_slug: String,
            /// The id.
            parent_external_id: String,
        }
    }
}

impl Parent {
    /// The one with this id of WorkOS.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { parent_resource_id: id.into() }
    }

    /// The one of this type with this id of your own.
    pub fn by_external_id(
        resource_type_slug: impl Into<String>,
        external_id: impl Into<String>,
    ) -> Self {
        Self::ByExternalId {
            parent_resource_type_slug: resource_type_slug.into(),
            parent_external_id: external_id.into(),
        }
    }
}

objects! {
    /// Something in an organization that roles are assigned on.
    AuthorizationResource {
        /// Always `authorization_resource`.
        object: ObjectType,
        /// `authz_resource_…`
        id: String,
        /// The id of your own.
        external_id: String,
        /// What people call it.
        name: String,
        /// What it is.
        description: Option<String>,
        /// The slug of its type.
        resource_type_slug: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The resource it is right below, if there is one.
        parent_resource_id: Option<String>,
        /// When it was registered.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}
