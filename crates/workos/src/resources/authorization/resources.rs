//! Resources: the hierarchy of objects in an organization that roles are assigned on.

use super::AuthorizationApi;
use crate::{Nullable, ObjectType, Page, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists resources, newest first by default.
    ///
    /// # Errors
    ///
    /// 400 `missing_organization_id_or_resource_type_slug` when a filter requires these as well.
    GET "/authorization/resources" @ "fga/resource" => list_resources(query: ListResourcesParams)
        -> Page<AuthorizationResource>;

    /// Registers an object of your application as a resource.
    ///
    /// # Errors
    ///
    /// 409 `authorization_resource_external_id_conflict` when the external ID is taken. 400
    /// `lock_timeout` and 409 `resource_type_update_in_progress` are temporary: retry.
    POST "/authorization/resources" @ "fga/resource" => create_resource(body: CreateResource)
        -> AuthorizationResource;

    /// Fetches one resource.
    GET "/authorization/resources/{resource_id}" @ "fga/resource/get"
        => get_resource(resource_id) -> AuthorizationResource;

    /// Updates a resource, or moves it to another parent. Fields that are `None` keep their value.
    ///
    /// # Errors
    ///
    /// 400 `lock_timeout` and 409 `resource_type_update_in_progress` are temporary: retry.
    PATCH "/authorization/resources/{resource_id}" @ "fga/resource"
        => update_resource(resource_id, body: UpdateResource) -> AuthorizationResource;

    /// Deletes a resource and, with `cascade_delete`, its descendants.
    ///
    /// # Errors
    ///
    /// 409 `resource_has_dependents` when it has children or role assignments and `cascade_delete`
    /// is not set. 400 `lock_timeout` and 409 `resource_type_update_in_progress` are temporary:
    /// retry.
    DELETE "/authorization/resources/{resource_id}" @ "fga/resource"
        => delete_resource(resource_id, query: DeleteResourceParams) -> ();

    /// Fetches a resource by its external ID.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        @ "fga/resource"
        => get_resource_by_external_id(organization_id, resource_type_slug, external_id)
        -> AuthorizationResource;

    /// [`update_resource`](Self::update_resource) by external ID.
    PATCH "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        @ "fga/resource" => update_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            body: UpdateResource
        ) -> AuthorizationResource;

    /// [`delete_resource`](Self::delete_resource) by external ID.
    DELETE "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        @ "fga/resource" => delete_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: DeleteResourceByExternalIdParams
        ) -> ();
}

list_params! {
    AuthorizationApi;
    ListResourcesParams for list_resources {
        /// Only resources of this organization.
        organization_id: Option<String>,
        /// Only resources of this type.
        resource_type_slug: Option<String>,
        /// Only the resource with this external ID.
        resource_external_id: Option<String>,
        /// Only direct children of this resource.
        flat parent: Option<Parent>,
    }
}

inputs! {
    /// How to delete a resource.
    DeleteResourceParams {
        /// Whether to also delete its descendants and role assignments. By default the call fails
        /// if there are any.
        cascade_delete: Option<bool>,
    }
}

/// How to delete a resource.
pub type DeleteResourceByExternalIdParams = DeleteResourceParams;

inputs! {
    /// A new resource.
    CreateResource {
        /// The external ID, up to 128 ASCII characters.
        external_id: String,
        /// The display name, up to 48 characters.
        name: String,
        /// The description, up to 150 characters.
        description: Option<String>,
        /// The slug of its resource type, which is configured in the dashboard.
        resource_type_slug: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The parent resource.
        flat parent_resource: Option<ParentResource>,
    }

    /// Changes to a resource.
    UpdateResource {
        /// The display name, up to 48 characters.
        name: Option<String>,
        /// The description, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
        /// The parent resource to move it to.
        flat parent_resource: Option<ParentResource>,
    }
}

/// Changes to a resource.
pub type UpdateResourceByExternalIdParamsBody = UpdateResource;

choices! {
    /// A parent resource.
    #[non_exhaustive]
    ParentResource {
        /// By ID.
        ById {
            /// `authz_resource_…`
            parent_resource_id: String,
        }
        /// By external ID.
        ByExternalId {
            /// The external ID.
            parent_resource_external_id: String,
            /// The slug of the resource type.
            parent_resource_type_slug: String,
        }
    }
}

impl ParentResource {
    /// The resource with this ID.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { parent_resource_id: id.into() }
    }

    /// The resource of this type with this external ID.
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
    /// The parent to filter [`list_resources`](AuthorizationApi::list_resources) by: a
    /// [`ParentResource`] with other field names on the wire.
    #[non_exhaustive]
    Parent {
        /// By ID.
        ById {
            /// `authz_resource_…`
            parent_resource_id: String,
        }
        /// By external ID.
        ByExternalId {
            /// The slug of the resource type.
            parent_resource_type_slug: String,
            /// The external ID.
            parent_external_id: String,
        }
    }
}

impl Parent {
    /// The resource with this ID.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { parent_resource_id: id.into() }
    }

    /// The resource of this type with this external ID.
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
    /// An object in an organization that roles are assigned on.
    AuthorizationResource {
        /// Always `authorization_resource`.
        object: ObjectType,
        /// `authz_resource_…`
        id: String,
        /// The external ID.
        external_id: String,
        /// The display name.
        name: String,
        /// The description.
        description: Option<String>,
        /// The slug of its resource type.
        resource_type_slug: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The parent resource, if it has one.
        parent_resource_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}
