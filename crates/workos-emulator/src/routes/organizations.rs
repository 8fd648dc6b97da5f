//! `/organizations`

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use workos::{
    AuditLogConfiguration, AuditLogConfigurationState, InviteItContactIntents, ItContact, Nullable,
    ObjectType, Organization, OrganizationDomain, OrganizationDomainState,
    OrganizationDomainVerificationStrategy, Page, SecretString,
};

use crate::failure::{Failure, Reply, created, empty, ok};
use crate::input::{Fields, MetadataChange, Path, is_domain, merge_metadata, set_nullable};
use crate::outbox::EmailKind;
use crate::paging::{Query, page};
use crate::store::{InOrganization, Store};
use crate::world::{Shared, World};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/organizations", get(list).post(create))
        .route("/organizations/external_id/{external_id}", get(get_by_external_id))
        .route("/organizations/{id}", get(get_one).put(update).delete(delete))
        .route("/organizations/{id}/audit_log_configuration", get(audit_log_configuration))
        .route("/organizations/{id}/authorized_applications", get(authorized_applications))
        .route("/organizations/{id}/it_contacts", get(list_contacts).post(create_contact))
        .route(
            "/organizations/{id}/it_contacts/{contact_id}",
            axum::routing::delete(delete_contact),
        )
        .route("/organizations/{id}/it_contacts/{contact_id}/invite", post(invite_contact))
        .route("/organizations/{id}/it_contacts/{contact_id}/revoke", post(revoke_contact))
}

async fn list(world: Shared, RawQuery(query): RawQuery) -> Reply {
    let query = Query::read(query.as_deref());
    let domains: Vec<_> = query.list("domains").iter().map(|text| text.to_lowercase()).collect();
    let search = query.get("search").map(str::to_lowercase);
    let keep = |organization: &Organization| {
        let has = |domain: &String| organization.domains.iter().any(|own| own.domain == *domain);
        (domains.is_empty() || domains.iter().any(has))
            && search.as_ref().is_none_or(|text| organization.name.to_lowercase().contains(text))
    };
    let store = world.store();
    ok(&page(&store.organizations, &query, keep, |organization| organization)?)
}

async fn get_one(world: Shared, Path(id): Path<String>) -> Reply {
    ok(existing(&world.store(), &id)?)
}

async fn get_by_external_id(world: Shared, Path(external_id): Path<String>) -> Reply {
    let store = world.store();
    let found = by_external_id(&store, &external_id);
    ok(found.ok_or_else(|| Failure::not_found("Organization", &external_id))?)
}

async fn create(world: Shared, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let name = body.required_text("name");
    let changes = Changes::read(&mut body)?;
    body.finish()?;

    let mut store = world.store();
    let mut organization = Organization::default();
    organization.object = ObjectType::Organization;
    organization.id = world.id("org");
    organization.name = name;
    organization.created_at = world.now();
    changes.apply(&world, &store, &mut organization)?;
    store.organizations.insert(organization.clone());
    created(&organization)
}

async fn update(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let name = body.text("name");
    if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        body.refuse("name", "required", "must not be empty.");
    }
    let stripe_customer_id = body.text("stripe_customer_id");
    let changes = Changes::read(&mut body)?;
    body.finish()?;

    let mut store = world.store();
    let mut organization = existing(&store, &id)?.clone();
    if let Some(stripe_customer_id) = stripe_customer_id {
        let stripe_customer_id = Some(stripe_customer_id);
        let is_taken =
            |other: &Organization| other.id != id && other.stripe_customer_id == stripe_customer_id;
        if store.organizations.iter().any(is_taken) {
            let code = "stripe_customer_id_already_used";
            let message = "Another organization has this Stripe customer.";
            return Err(Failure::bad_request(code, message));
        }
        organization.stripe_customer_id = stripe_customer_id;
    }
    if let Some(name) = name {
        organization.name = name;
    }
    changes.apply(&world, &store, &mut organization)?;
    replace(&mut store, &organization);
    ok(&organization)
}

async fn delete(world: Shared, Path(id): Path<String>) -> Reply {
    let mut store = world.store();
    // The API does not document a 404 here, but a second deletion has nothing to delete.
    store.organizations.remove(&id).ok_or_else(|| Failure::not_found("Organization", &id))?;
    let Store { it_contacts, invited_contacts, .. } = &mut *store;
    it_contacts.retain(|contact| contact.organization_id != id);
    invited_contacts.retain(|invited| it_contacts.get(invited).is_some());
    store.authorized_applications.retain(|row| row.organization_id != id);
    store.audit_log_configurations.remove(&id);
    empty(StatusCode::ACCEPTED)
}

async fn audit_log_configuration(world: Shared, Path(id): Path<String>) -> Reply {
    let store = world.store();
    existing(&store, &id)?;
    if let Some(configuration) = store.audit_log_configurations.get(&id) {
        return ok(configuration);
    }
    let mut configuration = AuditLogConfiguration::default();
    configuration.organization_id = id;
    configuration.retention_period_in_days = 30;
    configuration.state = AuditLogConfigurationState::Inactive;
    ok(&configuration)
}

async fn authorized_applications(
    world: Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Reply {
    let store = world.store();
    existing(&store, &id)?;
    let query = Query::read(query.as_deref());
    let keep = |row: &InOrganization<_>| row.organization_id == id;
    ok(&page(&store.authorized_applications, &query, keep, |row| &row.entity)?)
}

/// What creating and updating an organization have in common.
struct Changes {
    allow_profiles_outside_organization: Option<bool>,
    domains: Option<Vec<(String, OrganizationDomainState)>>,
    metadata: Option<Nullable<MetadataChange>>,
    external_id: Option<Nullable<String>>,
}

impl Changes {
    fn read(body: &mut Fields) -> Result<Self, Failure> {
        let domain_data = body.list("domain_data", domain_data);
        let domains = body.list("domains", |body, field, item| {
            let domain = item.as_str().map(str::to_lowercase);
            let domain = domain.filter(|domain| is_domain(domain));
            if domain.is_none() {
                body.refuse(field, "invalid", "must be a domain such as acme.com.");
            }
            domain.map(|domain| (domain, OrganizationDomainState::Pending))
        });
        Ok(Self {
            allow_profiles_outside_organization: body.flag("allow_profiles_outside_organization"),
            domains: domain_data.or(domains),
            metadata: body.metadata()?,
            external_id: body.external_id(),
        })
    }

    fn apply(
        self,
        world: &World,
        store: &Store,
        organization: &mut Organization,
    ) -> Result<(), Failure> {
        if let Some(external_id) = self.external_id.as_ref().and_then(Nullable::as_value)
            && by_external_id(store, external_id).is_some_and(|other| other.id != organization.id)
        {
            let message = "Another organization has this external_id.";
            return Err(Failure::bad_request("external_id_already_used", message));
        }
        if let Some(mut domains) = self.domains {
            let mut seen = std::collections::HashSet::new();
            domains.retain(|(domain, _)| seen.insert(domain.clone()));
            organization.domains = domains
                .into_iter()
                .map(|(domain, state)| give_domain(world, store, organization, domain, state))
                .collect::<Result<_, _>>()?;
        }
        if self.allow_profiles_outside_organization.is_some() {
            organization.allow_profiles_outside_organization =
                self.allow_profiles_outside_organization;
        }
        merge_metadata(&mut organization.metadata, self.metadata)?;
        set_nullable(&mut organization.external_id, self.external_id);
        organization.updated_at = world.now();
        Ok(())
    }
}

fn domain_data(
    body: &mut Fields,
    field: &str,
    item: Value,
) -> Option<(String, OrganizationDomainState)> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let domain = text("domain").map(str::to_lowercase).filter(|domain| is_domain(domain));
    if domain.is_none() {
        body.refuse(&format!("{field}.domain"), "invalid", "must be a domain such as acme.com.");
    }
    let state = match text("state") {
        Some("pending") => Some(OrganizationDomainState::Pending),
        Some("verified") => Some(OrganizationDomainState::Verified),
        _ => {
            body.refuse(&format!("{field}.state"), "invalid", "must be pending or verified.");
            None
        }
    };
    domain.zip(state)
}

/// The domain to store: one that the organization already has keeps its ID.
fn give_domain(
    world: &World,
    store: &Store,
    organization: &Organization,
    name: String,
    state: OrganizationDomainState,
) -> Result<OrganizationDomain, Failure> {
    let has = |other: &Organization| other.domains.iter().any(|domain| domain.domain == name);
    if store.organizations.iter().any(|other| other.id != organization.id && has(other)) {
        let message = format!("The domain {name} belongs to another organization.");
        return Err(Failure::conflict("domain_already_used", message));
    }
    let now = world.now();
    let own = organization.domains.iter().find(|domain| domain.domain == name).cloned();
    let mut domain = own.unwrap_or_else(|| {
        let mut domain = OrganizationDomain::default();
        domain.object = ObjectType::OrganizationDomain;
        domain.id = world.id("org_domain");
        domain.organization_id.clone_from(&organization.id);
        domain.created_at = now;
        domain
    });
    domain.domain = name;
    domain.updated_at = now;
    let is_manual = state == OrganizationDomainState::Verified;
    domain.verification_strategy = Some(if is_manual {
        OrganizationDomainVerificationStrategy::Manual
    } else {
        OrganizationDomainVerificationStrategy::Dns
    });
    if !is_manual && domain.verification_token.is_none() {
        let prefix = world.ids.token(6).to_lowercase();
        domain.verification_prefix = Some(format!("emulator-domain-verification-{prefix}"));
        domain.verification_token = Some(SecretString::from(world.ids.token(25)));
    }
    domain.state = Some(state);
    Ok(domain)
}

fn existing<'a>(store: &'a Store, id: &str) -> Result<&'a Organization, Failure> {
    store.organizations.get(id).ok_or_else(|| Failure::not_found("Organization", id))
}

fn by_external_id<'a>(store: &'a Store, external_id: &str) -> Option<&'a Organization> {
    let has =
        |organization: &&Organization| organization.external_id.as_deref() == Some(external_id);
    store.organizations.iter().find(has)
}

fn replace(store: &mut Store, organization: &Organization) {
    if let Some(place) = store.organizations.get_mut(&organization.id) {
        place.clone_from(organization);
    }
}

async fn list_contacts(world: Shared, Path(id): Path<String>) -> Reply {
    let store = world.store();
    existing(&store, &id)?;
    let contacts = store.it_contacts.iter().filter(|contact| contact.organization_id == id);
    let contacts = contacts.map(|contact| &contact.entity).collect();
    ok(&Page::<&ItContact>::new(contacts, Default::default()))
}

async fn create_contact(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let email = body.required_email("email");
    body.finish()?;

    let mut store = world.store();
    existing(&store, &id)?;
    let is_same = |contact: &InOrganization<ItContact>| {
        contact.organization_id == id && contact.entity.email == email
    };
    if store.it_contacts.iter().any(is_same) {
        let message = "The organization has an IT contact with this address.";
        return Err(Failure::conflict("it_contact_already_exists", message));
    }
    let now = world.now();
    let mut contact = ItContact::default();
    contact.object = ObjectType::ItContact;
    contact.id = world.id("it_contact");
    contact.email = email;
    contact.created_at = now;
    contact.updated_at = now;
    store.it_contacts.insert(InOrganization { organization_id: id, entity: contact.clone() });
    created(&contact)
}

async fn delete_contact(world: Shared, Path((id, contact_id)): Path<(String, String)>) -> Reply {
    let mut store = world.store();
    contact(&store, &id, &contact_id)?;
    store.it_contacts.remove(&contact_id);
    store.invited_contacts.retain(|invited| *invited != contact_id);
    empty(StatusCode::NO_CONTENT)
}

async fn invite_contact(
    world: Shared,
    Path((id, contact_id)): Path<(String, String)>,
    body: Bytes,
) -> Reply {
    let mut body = Fields::read(&body)?;
    if !body.has_items("intents") {
        body.refuse("intents", "required", "must name at least one page of the Admin Portal.");
    }
    body.list("intents", |body, field, item| {
        let intent = item.as_str().map(InviteItContactIntents::from);
        let known = intent.filter(|intent| InviteItContactIntents::KNOWN.contains(intent));
        if known.is_none() {
            body.refuse(field, "invalid", "must be a page of the Admin Portal such as sso.");
        }
        known
    });
    body.finish()?;

    let mut store = world.store();
    let email = contact(&store, &id, &contact_id)?.email.clone();
    if store.invited_contacts.contains(&contact_id) {
        let message = "The IT contact has an active invitation.";
        return Err(Failure::conflict("it_contact_invitation_already_active", message));
    }
    world.send(&email, EmailKind::ItContactInvitation, None, &contact_id);
    store.invited_contacts.push(contact_id);
    empty(StatusCode::NO_CONTENT)
}

async fn revoke_contact(world: Shared, Path((id, contact_id)): Path<(String, String)>) -> Reply {
    let mut store = world.store();
    contact(&store, &id, &contact_id)?;
    if !store.invited_contacts.contains(&contact_id) {
        return Err(Failure::not_found("IT contact invitation", &contact_id));
    }
    store.invited_contacts.retain(|invited| *invited != contact_id);
    empty(StatusCode::NO_CONTENT)
}

fn contact<'a>(store: &'a Store, id: &str, contact_id: &str) -> Result<&'a ItContact, Failure> {
    existing(store, id)?;
    let found = store.it_contacts.get(contact_id).filter(|row| row.organization_id == id);
    found.map(|row| &row.entity).ok_or_else(|| Failure::not_found("IT contact", contact_id))
}
