"""Walks through the API with the official SDK, against the emulator at EMULATOR_URL."""

import os
import sys
from datetime import datetime, timedelta, timezone

import jwt
from cryptography.fernet import Fernet
from workos import WorkOSClient
from workos.audit_logs._resource import RetentionPeriodInDays
from workos.audit_logs.models import AuditLogEvent, AuditLogSchemaTarget
from workos.authorization._resource import (
    ParentById,
    ParentResourceByExternalId,
    ParentResourceById,
    ResourceTargetByExternalId,
    ResourceTargetById,
)
from workos.organization_membership._resource import RoleSingle
from workos.organizations.models import OrganizationDomainData
from workos.pipes.models import DataIntegrationCredentialsInput
from workos.session import seal_session_from_auth_response
from workos.user_management._resource import PasswordHashed, PasswordPlaintext

from steps import (
    Receiver,
    browse,
    claims,
    has,
    http,
    ids,
    is_id,
    made,
    plain,
    refused,
    run,
    same,
    step,
    totp,
)

URL = os.environ["EMULATOR_URL"].rstrip("/")
KEY = os.environ["EMULATOR_API_KEY"]
CLIENT_ID = "client_compat"
CALLBACK = "http://localhost:3000/callback"
PASSWORD = "correct horse battery"

workos = WorkOSClient(api_key=KEY, client_id=CLIENT_ID, base_url=URL, jwt_issuer=URL)
users = workos.user_management
memberships = workos.organization_membership
roles = workos.authorization


def control(method, path, body=None):
    return http(method, f"{URL}/_emulate/{path}", body)


# Organizations


@step("create an organization")
def _():
    made.acme = workos.organizations.create_organization(
        name="Acme",
        domain_data=[OrganizationDomainData(domain="acme.test", state="verified")],
        external_id="ext_acme",
        metadata={"tier": "gold"},
    )
    is_id(made.acme.id, "org")
    has(made.acme, object="organization", name="Acme", external_id="ext_acme")
    same(made.acme.metadata, {"tier": "gold"})
    same([(one.domain, plain(one.state)) for one in made.acme.domains], [("acme.test", "verified")])


@step("create another organization")
def _():
    made.beta = workos.organizations.create_organization(name="Beta")
    has(made.beta, name="Beta", domains=[], external_id=None, metadata={})


@step("get an organization")
def _():
    same(workos.organizations.get_organization(made.acme.id), made.acme)


@step("get an organization by its external ID")
def _():
    same(workos.organizations.get_organization_by_external_id("ext_acme"), made.acme)


@step("an external ID belongs to one organization")
def _():
    create = workos.organizations.create_organization
    refused(400, "external_id_already_used", create, name="Copy", external_id="ext_acme")


@step("list organizations, newest first")
def _():
    same(ids(workos.organizations.list_organizations()), [made.beta.id, made.acme.id])


@step("list organizations by domain")
def _():
    page = workos.organizations.list_organizations(domains=["acme.test"])
    same(ids(page), [made.acme.id])


@step("list organizations by a search")
def _():
    same(ids(workos.organizations.list_organizations(search="bet")), [made.beta.id])


@step("list all pages of organizations")
def _():
    pages = workos.organizations.list_organizations(limit=1, order="asc")
    same([one.name for one in pages.auto_paging_iter()], ["Acme", "Beta"])


@step("update an organization")
def _():
    updated = workos.organizations.update_organization(
        made.beta.id, name="Beta Ltd", stripe_customer_id="cus_1", metadata={"region": "eu"}
    )
    has(updated, name="Beta Ltd", stripe_customer_id="cus_1", metadata={"region": "eu"})


@step("an organization that does not exist")
def _():
    get = workos.organizations.get_organization
    refused(404, "entity_not_found", get, "org_none")


@step("delete an organization")
def _():
    gone = workos.organizations.create_organization(name="Short-lived")
    workos.organizations.delete_organization(gone.id)
    refused(404, "entity_not_found", workos.organizations.get_organization, gone.id)


@step("audit log configuration of an organization")
def _():
    configuration = workos.organizations.get_audit_log_configuration(made.acme.id)
    same(configuration.organization_id, made.acme.id)


@step("create and list IT contacts")
def _():
    made.contact = workos.organizations.create_it_contact(made.acme.id, email="it@acme.test")
    has(made.contact, object="it_contact", email="it@acme.test")
    same(ids(workos.organizations.list_it_contacts(made.acme.id)), [made.contact.id])


@step("invite, revoke and delete an IT contact")
def _():
    contact = (made.acme.id, made.contact.id)
    workos.organizations.invite_it_contact(*contact, intents=["sso"])
    workos.organizations.revoke_it_contact(*contact)
    workos.organizations.delete_it_contact(*contact)
    same(ids(workos.organizations.list_it_contacts(made.acme.id)), [])


@step("create a domain")
def _():
    made.domain = workos.organization_domains.create_organization_domain(
        domain="beta.test", organization_id=made.beta.id
    )
    has(made.domain, domain="beta.test", organization_id=made.beta.id, state="pending")


@step("get a domain")
def _():
    same(workos.organization_domains.get_organization_domain(made.domain.id), made.domain)


@step("verify a domain")
def _():
    verified = workos.organization_domains.verify_organization_domain(made.domain.id)
    has(verified, id=made.domain.id, state="verified")


@step("delete a domain")
def _():
    domains = workos.organization_domains
    domains.delete_organization_domain(made.domain.id)
    refused(404, "entity_not_found", domains.get_organization_domain, made.domain.id)


# Users


@step("create a user")
def _():
    made.ada = users.create_user(
        email="ada@acme.test",
        first_name="Ada",
        last_name="Lovelace",
        email_verified=True,
        external_id="ext_ada",
        metadata={"team": "engines"},
        password=PasswordPlaintext(PASSWORD),
    )
    is_id(made.ada.id, "user")
    has(
        made.ada,
        email="ada@acme.test",
        first_name="Ada",
        last_name="Lovelace",
        email_verified=True,
        external_id="ext_ada",
        metadata={"team": "engines"},
        last_sign_in_at=None,
    )


@step("create another user")
def _():
    made.bob = users.create_user(email="bob@beta.test", first_name="Bob")
    has(made.bob, email="bob@beta.test", email_verified=False, last_name=None)


@step("create a user with a hashed password")
def _():
    # bcrypt of "letmein-letmein", 4 rounds.
    hashed = "$2b$04$z4As1wY119wFIL3dA4PCPezeR3xDbFzLzxVv3sPlLSXWpUHf2.SxS"
    made.cleo = users.create_user(
        email="cleo@acme.test", email_verified=True, password=PasswordHashed(hashed, "bcrypt")
    )
    has(made.cleo, email="cleo@acme.test")


@step("an email address belongs to one user")
def _():
    error = refused(400, "user_creation_error", users.create_user, email="ADA@acme.test")
    same([one["code"] for one in error.response_json["errors"]], ["email_not_available"])


@step("get a user")
def _():
    same(users.get_user(made.ada.id).email, "ada@acme.test")


@step("get a user by its external ID")
def _():
    same(users.get_user_by_external_id("ext_ada"), users.get_user(made.ada.id))


@step("list users by email address")
def _():
    same(ids(users.list_users(email="bob@beta.test")), [made.bob.id])


@step("list users")
def _():
    same(ids(users.list_users(order="asc")), [made.ada.id, made.bob.id, made.cleo.id])


@step("update a user")
def _():
    updated = users.update_user(made.bob.id, last_name="Builder", metadata={"team": "sites"})
    has(updated, last_name="Builder", metadata={"team": "sites"})


@step("the locale of a user")
def _():
    same(users.update_user(made.bob.id, locale="en-GB").locale, "en-GB")


@step("identities of a user")
def _():
    same(users.get_user_identities(made.ada.id), [])


@step("delete a user")
def _():
    gone = users.create_user(email="gone@acme.test")
    users.delete_user(gone.id)
    refused(404, "entity_not_found", users.get_user, gone.id)


@step("change the address of a user")
def _():
    sent = users.send_email_change(made.bob.id, new_email="bob@acme.test")
    same(sent.new_email, "bob@acme.test")
    mails = [mail for mail in control("GET", "outbox") if mail["to"] == "bob@acme.test"]
    changed = users.confirm_email_change(made.bob.id, code=mails[-1]["code"])
    same(changed.user.email, "bob@acme.test")


# Memberships and groups


@step("create a membership")
def _():
    made.membership = memberships.create_organization_membership(
        user_id=made.ada.id, organization_id=made.acme.id
    )
    is_id(made.membership.id, "om")
    has(
        made.membership,
        user_id=made.ada.id,
        organization_id=made.acme.id,
        organization_name="Acme",
        status="active",
    )
    same(made.membership.role.slug, "member")


@step("create a membership with a role")
def _():
    made.bobs = memberships.create_organization_membership(
        user_id=made.bob.id, organization_id=made.acme.id, role=RoleSingle("admin")
    )
    same(made.bobs.role.slug, "admin")


@step("get a membership")
def _():
    has(memberships.get_organization_membership(made.membership.id), user_id=made.ada.id)


@step("list memberships of a user")
def _():
    page = memberships.list_organization_memberships(user_id=made.ada.id)
    same(ids(page), [made.membership.id])


@step("list memberships of an organization by status")
def _():
    def found(status):
        page = memberships.list_organization_memberships(
            organization_id=made.acme.id, statuses=[status], order="asc"
        )
        return ids(page)

    same([found("active"), found("inactive")], [[made.membership.id, made.bobs.id], []])


@step("change the role of a membership")
def _():
    updated = memberships.update_organization_membership(made.bobs.id, role=RoleSingle("member"))
    same(updated.role.slug, "member")


@step("deactivate a membership")
def _():
    has(memberships.deactivate_organization_membership(made.bobs.id), status="inactive")


@step("reactivate a membership")
def _():
    has(memberships.reactivate_organization_membership(made.bobs.id), status="active")


@step("delete a membership")
def _():
    memberships.delete_organization_membership(made.bobs.id)
    get = memberships.get_organization_membership
    refused(404, "entity_not_found", get, made.bobs.id)


@step("create a group")
def _():
    made.group = workos.groups.create_organization_group(
        made.acme.id, name="Engineers", description="They build"
    )
    has(made.group, name="Engineers", description="They build", organization_id=made.acme.id)


@step("get a group")
def _():
    same(workos.groups.get_organization_group(made.acme.id, made.group.id), made.group)


@step("update a group")
def _():
    updated = workos.groups.update_organization_group(
        made.acme.id, made.group.id, name="Builders"
    )
    has(updated, name="Builders")


@step("list groups")
def _():
    same(ids(workos.groups.list_organization_groups(made.acme.id)), [made.group.id])


@step("add a membership to a group")
def _():
    group = (made.acme.id, made.group.id)
    workos.groups.create_group_organization_membership(
        *group, organization_membership_id=made.membership.id
    )
    page = workos.groups.list_group_organization_memberships(*group)
    same(ids(page), [made.membership.id])


@step("list the groups of a membership")
def _():
    page = memberships.list_organization_membership_groups(made.membership.id)
    same(ids(page), [made.group.id])


@step("remove a membership from a group")
def _():
    group = (made.acme.id, made.group.id)
    workos.groups.delete_group_organization_membership(*group, made.membership.id)
    same(ids(workos.groups.list_group_organization_memberships(*group)), [])


@step("change several members of a group")
def _():
    group = (made.acme.id, made.group.id)
    workos.groups.update_group_organization_memberships(*group, add=[made.membership.id])
    page = workos.groups.list_group_organization_memberships(*group)
    same(ids(page), [made.membership.id])


@step("delete a group")
def _():
    gone = workos.groups.create_organization_group(made.acme.id, name="Gone")
    workos.groups.delete_organization_group(made.acme.id, gone.id)
    get = workos.groups.get_organization_group
    refused(404, "entity_not_found", get, made.acme.id, gone.id)


# Invitations


@step("send an invitation")
def _():
    made.invitation = users.send_invitation(
        email="dan@acme.test",
        organization_id=made.acme.id,
        role_slug="admin",
        expires_in_days=3,
        inviter_user_id=made.ada.id,
    )
    has(
        made.invitation,
        email="dan@acme.test",
        state="pending",
        organization_id=made.acme.id,
        inviter_user_id=made.ada.id,
        accepted_at=None,
    )


@step("get an invitation")
def _():
    same(users.get_invitation(made.invitation.id), made.invitation)


@step("find an invitation by its token")
def _():
    same(users.find_invitation_by_token(made.invitation.token), made.invitation)


@step("list invitations")
def _():
    same(ids(users.list_invitations(email="dan@acme.test")), [made.invitation.id])


@step("resend an invitation")
def _():
    has(users.resend_invitation(made.invitation.id), id=made.invitation.id, state="pending")


@step("accept an invitation")
def _():
    accepted = users.accept_invitation(made.invitation.id)
    [dan] = users.list_users(email="dan@acme.test").data
    has(accepted, state="accepted", accepted_user_id=dan.id)
    [membership] = memberships.list_organization_memberships(user_id=dan.id).data
    same((membership.organization_id, membership.role.slug), (made.acme.id, "admin"))


@step("revoke an invitation")
def _():
    sent = users.send_invitation(email="eve@acme.test")
    has(users.revoke_invitation(sent.id), state="revoked")


# Roles, permissions, access to resources


@step("create a permission")
def _():
    made.permission = roles.create_permission(
        slug="posts:write", name="Write posts", description="All posts"
    )
    has(made.permission, slug="posts:write", name="Write posts", description="All posts")


@step("get a permission")
def _():
    has(roles.get_permission("posts:write"), id=made.permission.id, system=False)


@step("update a permission")
def _():
    has(roles.update_permission("posts:write", name="Write"), slug="posts:write", name="Write")


@step("list permissions")
def _():
    roles.create_permission(slug="posts:read", name="Read posts")
    slugs = {one.slug for one in roles.list_permissions(limit=100)}
    same({"posts:read", "posts:write"} - slugs, set())


@step("delete a permission")
def _():
    roles.create_permission(slug="gone", name="Gone")
    roles.delete_permission("gone")
    refused(404, "entity_not_found", roles.get_permission, "gone")


@step("create a role")
def _():
    made.role = roles.create_environment_role(slug="editor", name="Editor")
    has(made.role, slug="editor", name="Editor", permissions=[], type="EnvironmentRole")


@step("get a role")
def _():
    same(roles.get_environment_role("editor"), made.role)


@step("update a role")
def _():
    has(roles.update_environment_role("editor", description="Edits"), description="Edits")


@step("set the permissions of a role")
def _():
    role = roles.set_environment_role_permissions("editor", permissions=["posts:write"])
    same(role.permissions, ["posts:write"])


@step("add a permission to a role")
def _():
    role = roles.add_environment_role_permission("editor", body_slug="posts:read")
    same(sorted(role.permissions), ["posts:read", "posts:write"])


@step("list roles")
def _():
    slugs = sorted(one.slug for one in roles.list_environment_roles().data)
    same(slugs, ["admin", "editor", "member"])


@step("create a role of an organization")
def _():
    role = roles.create_organization_role(made.acme.id, name="Auditor", slug="org-auditor")
    has(role, slug="org-auditor", type="OrganizationRole")


@step("get, update and list roles of an organization")
def _():
    same(roles.get_organization_role(made.acme.id, "org-auditor").name, "Auditor")
    updated = roles.update_organization_role(made.acme.id, "org-auditor", name="Auditors")
    same(updated.name, "Auditors")
    slugs = sorted(one.slug for one in roles.list_organization_roles(made.acme.id).data)
    same(slugs, ["admin", "editor", "member", "org-auditor"])


@step("permissions of a role of an organization")
def _():
    role = (made.acme.id, "org-auditor")
    roles.set_organization_role_permissions(*role, permissions=["posts:read"])
    added = roles.add_organization_role_permission(*role, body_slug="posts:write")
    same(sorted(added.permissions), ["posts:read", "posts:write"])
    roles.remove_organization_role_permission(*role, permission_slug="posts:read")
    same(roles.get_organization_role(*role).permissions, ["posts:write"])


@step("delete a role of an organization")
def _():
    roles.delete_organization_role(made.acme.id, "org-auditor")
    get = roles.get_organization_role
    refused(404, "entity_not_found", get, made.acme.id, "org-auditor")


@step("seed resource types")
def _():
    types = [
        {"slug": "workspace", "name": "Workspace", "parents": ["organization"]},
        {"slug": "project", "name": "Project", "parents": ["workspace"]},
    ]
    control("POST", "seed", {"resourceTypes": types})


@step("create a resource")
def _():
    made.workspace = roles.create_resource(
        external_id="ws1",
        name="Main",
        resource_type_slug="workspace",
        organization_id=made.acme.id,
    )
    has(made.workspace, external_id="ws1", name="Main", description=None)


@step("create resources below another")
def _():
    def create(external_id, parent):
        return roles.create_resource(
            external_id=external_id,
            name=external_id.upper(),
            resource_type_slug="project",
            organization_id=made.acme.id,
            parent_resource=parent,
        )

    made.project = create("p1", ParentResourceById(made.workspace.id))
    second = create("p2", ParentResourceByExternalId("workspace", "ws1"))
    same(
        [made.project.parent_resource_id, second.parent_resource_id], [made.workspace.id] * 2
    )


@step("get a resource, by ID and by external ID")
def _():
    same(roles.get_resource(made.project.id), made.project)
    same(roles.get_resource_by_external_id(made.acme.id, "project", "p1"), made.project)


@step("update a resource, by ID and by external ID")
def _():
    has(roles.update_resource(made.project.id, description="Steam"), description="Steam")
    named = (made.acme.id, "project", "p2")
    has(roles.update_resource_by_external_id(*named, name="Two"), name="Two")


@step("list resources by type and by parent")
def _():
    by_type = roles.list_resources(resource_type_slug="project", order="asc")
    same([one.external_id for one in by_type], ["p1", "p2"])
    by_parent = roles.list_resources(parent=ParentById(made.workspace.id), order="asc")
    same(ids(by_parent), ids(by_type))


def may_edit(target):
    check = roles.check(
        made.membership.id, permission_slug="project:edit", resource_target=target
    )
    return check.authorized


@step("access is refused without a role")
def _():
    roles.create_permission(slug="project:edit", name="Edit", resource_type_slug="project")
    roles.create_environment_role(slug="pm", name="PM", resource_type_slug="project")
    roles.set_environment_role_permissions("pm", permissions=["project:edit"])
    same(may_edit(ResourceTargetById(made.project.id)), False)


@step("assign a role on a resource")
def _():
    made.assignment = roles.assign_role(
        made.membership.id,
        role_slug="pm",
        resource_target=ResourceTargetById(made.project.id),
    )
    has(made.assignment, organization_membership_id=made.membership.id)
    same(made.assignment.role.slug, "pm")


@step("access is granted on that resource only")
def _():
    found = [may_edit(ResourceTargetByExternalId(name, "project")) for name in ("p1", "p2")]
    same(found, [True, False])


@step("list role assignments")
def _():
    same(ids(roles.list_role_assignments_for_resource(made.project.id)), [made.assignment.id])
    named = roles.list_role_assignments_for_resource_by_external_id(
        made.acme.id, "project", "p1"
    )
    same(ids(named), [made.assignment.id])
    page = roles.list_role_assignments(made.membership.id, resource_id=made.project.id)
    same(ids(page), [made.assignment.id])


@step("list the resources that a membership may edit")
def _():
    page = roles.list_resources_for_membership(
        made.membership.id,
        permission_slug="project:edit",
        parent_resource=ParentResourceById(made.workspace.id),
    )
    same(ids(page), [made.project.id])


@step("list the memberships that may edit a resource")
def _():
    page = roles.list_memberships_for_resource(made.project.id, permission_slug="project:edit")
    same(ids(page), [made.membership.id])


@step("list effective permissions")
def _():
    page = roles.list_effective_permissions(made.membership.id, made.project.id)
    same([one.slug for one in page], ["project:edit"])
    named = roles.list_effective_permissions_by_external_id(made.membership.id, "project", "p1")
    same([one.slug for one in named], ["project:edit"])


@step("remove a role assignment")
def _():
    roles.remove_role_assignment(made.membership.id, made.assignment.id)
    same(may_edit(ResourceTargetById(made.project.id)), False)


@step("members of a group have its role")
def _():
    made.of_group = roles.create_group_role_assignment(
        made.group.id, role_slug="pm", resource_id=made.project.id
    )
    same(made.of_group.group_id, made.group.id)
    same(may_edit(ResourceTargetById(made.project.id)), True)


@step("get and list role assignments of a group")
def _():
    same(roles.get_group_role_assignment(made.group.id, made.of_group.id), made.of_group)
    same(roles.list_group_role_assignments(made.group.id).data, [made.of_group])


@step("delete a role assignment of a group")
def _():
    roles.delete_group_role_assignment(made.group.id, made.of_group.id)
    same(may_edit(ResourceTargetById(made.project.id)), False)


@step("delete a resource with what is below it")
def _():
    roles.delete_resource(made.workspace.id, cascade_delete=True)
    refused(404, "entity_not_found", roles.get_resource, made.project.id)


# Directories and connections


@step("seed a directory and a connection")
def _():
    directory = {
        "organization": "Acme",
        "name": "Acme Okta",
        "type": "okta scim v2.0",
        "domain": "acme.test",
        "groups": [{"name": "Sales", "idp_id": "g1"}],
        "users": [
            {
                "idp_id": "u1",
                "email": "fay@acme.test",
                "first_name": "Fay",
                "groups": ["Sales"],
                "custom_attributes": {"department": "sales"},
            },
            {"idp_id": "u2", "email": "gus@acme.test"},
        ],
    }
    connection = {
        "organization": "Acme",
        "name": "Acme SSO",
        "connection_type": "OktaSAML",
        "domains": ["acme.test"],
        "profiles": [{"email": "hal@acme.test", "first_name": "Hal", "idp_id": "h1"}],
    }
    control("POST", "seed", {"directories": [directory], "connections": [connection]})


@step("list directories")
def _():
    [made.directory] = workos.directory_sync.list_directories(organization_id=made.acme.id).data
    has(made.directory, name="Acme Okta", type="okta scim v2.0", organization_id=made.acme.id)


@step("get a directory")
def _():
    same(workos.directory_sync.get_directory(made.directory.id), made.directory)


@step("list the users of a directory")
def _():
    page = workos.directory_sync.list_users(directory=made.directory.id, order="asc")
    same([one.email for one in page], ["fay@acme.test", "gus@acme.test"])
    made.fay = page.data[0]
    has(made.fay, idp_id="u1", first_name="Fay", state="active")
    same(made.fay.custom_attributes, {"department": "sales"})


@step("get a directory user")
def _():
    same(workos.directory_sync.get_user(made.fay.id), made.fay)


@step("list the groups of a directory and of a user")
def _():
    [made.sales] = workos.directory_sync.list_groups(directory=made.directory.id).data
    has(made.sales, name="Sales", idp_id="g1", directory_id=made.directory.id)
    same(workos.directory_sync.list_groups(user=made.fay.id).data, [made.sales])


@step("get a directory group")
def _():
    same(workos.directory_sync.get_group(made.sales.id), made.sales)


@step("list the users of a directory group")
def _():
    same(ids(workos.directory_sync.list_users(group=made.sales.id)), [made.fay.id])


@step("delete a directory")
def _():
    workos.directory_sync.delete_directory(made.directory.id)
    page = workos.directory_sync.list_directories(organization_id=made.acme.id)
    same([one.id for one in page if plain(one.state) == "active"], [])


@step("list connections")
def _():
    [made.connection] = workos.sso.list_connections(organization_id=made.acme.id).data
    has(made.connection, name="Acme SSO", connection_type="OktaSAML", state="active")


@step("list connections by type")
def _():
    found = [
        len(workos.sso.list_connections(connection_type=one).data)
        for one in ("OktaSAML", "GoogleSAML")
    ]
    same(found, [1, 0])


@step("get a connection")
def _():
    same(workos.sso.get_connection(made.connection.id), made.connection)


@step("rename a connection")
def _():
    has(workos.sso.update_connection(made.connection.id, name="Okta"), name="Okta")


@step("sign in through SSO")
def _():
    url = workos.sso.get_authorization_url(
        connection=made.connection.id, redirect_uri=CALLBACK, state="s1"
    )
    place, back = browse(url)
    same((place, back["state"]), (CALLBACK, "s1"))
    answer = workos.sso.get_profile_and_token(code=back["code"])
    made.profile, made.profile_token = answer.profile, answer.access_token
    has(
        made.profile,
        email="hal@acme.test",
        first_name="Hal",
        idp_id="h1",
        connection_id=made.connection.id,
        organization_id=made.acme.id,
    )
    refused(400, "invalid_grant", workos.sso.get_profile_and_token, code=back["code"])


@step("get the profile of an access token")
def _():
    same(workos.sso.get_profile(access_token=made.profile_token), made.profile)


@step("sign in through the SSO of an organization, with PKCE")
def _():
    begun = workos.sso.get_authorization_url_with_pkce(
        redirect_uri=CALLBACK, organization=made.acme.id
    )
    _, back = browse(begun["url"])
    answer = workos.sso.get_profile_and_token_pkce(
        code=back["code"], code_verifier=begun["code_verifier"]
    )
    same(answer.profile.email, "hal@acme.test")


@step("sign out of SSO")
def _():
    # Which only connections of another type can.
    logout = workos.sso.authorize_logout
    refused(400, "connection_invalid", logout, profile_id=made.profile.id)


# Products


@step("create an audit log schema")
def _():
    schema = workos.audit_logs.create_schema(
        "report.viewed", targets=[AuditLogSchemaTarget.from_dict({"type": "report"})]
    )
    same(schema.version, 1)


@step("list audit log actions and schemas")
def _():
    same([one.name for one in workos.audit_logs.list_actions()], ["report.viewed"])
    page = workos.audit_logs.list_action_schemas("report.viewed")
    same([one.version for one in page], [1])


def audit_event(action):
    return AuditLogEvent.from_dict(
        {
            "action": action,
            "occurred_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "actor": {"id": "user_1", "type": "user"},
            "targets": [{"id": "r1", "type": "report"}],
            "context": {"location": "203.0.113.7"},
        }
    )


@step("create an audit log event")
def _():
    event = audit_event("report.viewed")
    answer = workos.audit_logs.create_event(organization_id=made.acme.id, event=event)
    same(answer.success, True)


@step("set and get the retention of audit logs")
def _():
    updated = workos.audit_logs.update_organization_audit_logs_retention(
        made.acme.id, retention=RetentionPeriodInDays(365)
    )
    same(updated.retention_period_in_days, 365)
    same(workos.audit_logs.get_organization_audit_logs_retention(made.acme.id), updated)


@step("export audit logs")
def _():
    now = datetime.now(timezone.utc)
    created = workos.audit_logs.create_export(
        organization_id=made.acme.id,
        range_start=(now - timedelta(minutes=1)).isoformat(),
        range_end=(now + timedelta(minutes=1)).isoformat(),
    )
    ready = workos.audit_logs.get_export(created.id)
    has(ready, id=created.id, state="ready")
    lines = http("GET", ready.url).strip().split("\n")
    same((len(lines), "report.viewed" in lines[1]), (2, True))


@step("create a vault object")
def _():
    made.secret = workos.vault.create_kv(
        key_context={"organization": "acme"}, name="token", value="s3cret"
    )
    same(made.secret.context, {"organization": "acme"})


@step("read a vault object, by ID and by name")
def _():
    has(workos.vault.get_kv(made.secret.id), name="token", value="s3cret")
    has(workos.vault.get_name("token"), id=made.secret.id, value="s3cret")


@step("update a vault object")
def _():
    workos.vault.update_kv(made.secret.id, value="n3w")
    same(workos.vault.get_kv(made.secret.id).value, "n3w")


@step("list vault objects, versions and metadata")
def _():
    same([one.name for one in workos.vault.list_kv()], ["token"])
    versions = workos.vault.list_kv_versions(made.secret.id).data
    same([one.current_version for one in versions], [True, False])
    same(workos.vault.list_kv_metadata(made.secret.id).name, "token")


@step("encrypt and decrypt locally")
def _():
    sealed = workos.vault.encrypt(data="hello", key_context={"a": "b"}, associated_data="aad")
    same(workos.vault.decrypt(encrypted_data=sealed, associated_data="aad"), "hello")


@step("create, decrypt and encrypt anew a data key")
def _():
    created = workos.vault.create_data_key(context={"a": "b"})
    same(workos.vault.create_decrypt(keys=created.encrypted_keys).data_key, created.data_key)
    again = workos.vault.create_rekey(
        context={"a": "c"}, encrypted_keys=created.encrypted_keys
    )
    same(again.context, {"a": "c"})


@step("delete a vault object")
def _():
    workos.vault.delete_kv(made.secret.id)
    same(workos.vault.list_kv().data, [])


@step("feature flags")
def _():
    flags = [{"slug": "new-search", "name": "New search", "enabled": True, "tags": ["ui"]}]
    control("POST", "seed", {"featureFlags": flags})
    same([one.slug for one in workos.feature_flags.list_feature_flags()], ["new-search"])
    has(workos.feature_flags.get_feature_flag("new-search"), enabled=True, tags=["ui"])


@step("turn a feature flag off and on")
def _():
    same(workos.feature_flags.disable_feature_flag("new-search").enabled, False)
    same(workos.feature_flags.enable_feature_flag("new-search").enabled, True)


@step("a flag is on for what it targets")
def _():
    workos.feature_flags.add_flag_target(resource_id=made.acme.id, slug="new-search")
    found = workos.feature_flags.list_organization_feature_flags(made.acme.id)
    same([one.slug for one in found], ["new-search"])
    workos.feature_flags.add_flag_target(resource_id=made.bob.id, slug="new-search")
    found = workos.feature_flags.list_user_feature_flags(made.bob.id)
    same([one.slug for one in found], ["new-search"])
    workos.feature_flags.remove_flag_target(resource_id=made.bob.id, slug="new-search")
    same(workos.feature_flags.list_user_feature_flags(made.bob.id).data, [])


@step("create an API key of an organization")
def _():
    made.key = workos.api_keys.create_organization_api_key(
        made.acme.id, name="CI", permissions=["posts:read"]
    )
    has(made.key, name="CI", permissions=["posts:read"])


@step("validate an API key")
def _():
    same(workos.api_keys.create_validation(value=made.key.value).api_key.id, made.key.id)
    same(workos.api_keys.create_validation(value="sk_unknown").api_key, None)


@step("list the API keys of an organization")
def _():
    same(ids(workos.api_keys.list_organization_api_keys(made.acme.id)), [made.key.id])


@step("create an API key of a user")
def _():
    key = users.create_user_api_key(made.ada.id, name="Own", organization_id=made.acme.id)
    same(ids(users.list_user_api_keys(made.ada.id)), [key.id])


@step("expire an API key")
def _():
    workos.api_keys.create_api_key_expire(made.key.id)
    same(workos.api_keys.create_validation(value=made.key.value).api_key, None)


@step("delete an API key")
def _():
    workos.api_keys.delete_api_key(made.key.id)
    same(made.key.id in ids(workos.api_keys.list_organization_api_keys(made.acme.id)), False)


@step("create a data integration")
def _():
    credentials = DataIntegrationCredentialsInput.from_dict(
        {"type": "custom", "client_id": "Iv1.5b1e", "client_secret": "ghsecret"}
    )
    integration = workos.pipes.create_data_integration(
        provider="github", enabled=True, scopes=["repo"], credentials=credentials
    )
    has(integration, slug="github", enabled=True, scopes=["repo"])


@step("get, list and update data integrations")
def _():
    same(workos.pipes.get_data_integration("github").slug, "github")
    same([one.slug for one in workos.pipes.list_data_integrations()], ["github"])
    has(workos.pipes.update_data_integration("github", description="Code"), description="Code")


@step("connect an account")
def _():
    made.account = workos.pipes.create_user_connected_account(
        made.ada.id, "github", access_token="gho_1", scopes=["repo"]
    )
    has(made.account, user_id=made.ada.id, state="connected", scopes=["repo"])
    same(workos.pipes.get_user_connected_account(made.ada.id, "github"), made.account)


@step("get the access token of an account")
def _():
    answer = workos.pipes.get_access_token("github", user_id=made.ada.id)
    same((answer.active, answer.access_token.access_token), (True, "gho_1"))


@step("list the providers of a user")
def _():
    listed = workos.pipes.list_user_data_providers(made.ada.id)
    same([one.slug for one in listed.data], ["github"])


@step("disconnect an account, and delete the integration")
def _():
    workos.pipes.delete_user_connected_account(made.ada.id, "github")
    get = workos.pipes.get_user_connected_account
    refused(404, "entity_not_found", get, made.ada.id, "github")
    workos.pipes.delete_data_integration("github")
    refused(404, "entity_not_found", workos.pipes.get_data_integration, "github")


@step("create an M2M application")
def _():
    made.m2m = workos.connect.create_m2m_application(
        name="Robot", organization_id=made.acme.id, scopes=["posts:read"]
    )
    has(made.m2m, name="Robot", application_type="m2m", organization_id=made.acme.id)


@step("create and update an OAuth application")
def _():
    # The SDK has a type for redirect URIs, but cannot send it.
    uri = {"uri": CALLBACK, "default": True}
    made.oauth = workos.connect.create_oauth_application(
        name="Reports", is_first_party=True, redirect_uris=[uri]
    )
    has(workos.connect.update_application(made.oauth.id, name="Charts"), name="Charts")


@step("get and list applications")
def _():
    same(workos.connect.get_application(made.m2m.id), made.m2m)
    page = workos.connect.list_applications(organization_id=made.acme.id)
    same(ids(page), [made.m2m.id])


@step("get a token of an M2M application")
def _():
    secret = workos.connect.create_application_client_secret(made.m2m.id)
    listed = workos.connect.list_application_client_secrets(made.m2m.id)
    same([one.id for one in listed], [secret.id])
    form = {
        "grant_type": "client_credentials",
        "client_id": made.m2m.client_id,
        "client_secret": secret.secret,
        "scope": "posts:read",
    }
    answer = http("POST", f"{URL}/oauth2/token", form, form=True)
    token = answer["access_token"]
    key = jwt.PyJWKClient(f"{URL}/oauth2/jwks").get_signing_key_from_jwt(token).key
    audience = made.m2m.client_id
    verified = jwt.decode(token, key, ["RS256"], audience=audience, issuer=URL)
    same((verified["org_id"], verified["scope"]), (made.acme.id, "posts:read"))
    workos.connect.delete_client_secret(secret.id)


@step("delete an application")
def _():
    workos.connect.delete_application(made.oauth.id)
    refused(404, "entity_not_found", workos.connect.get_application, made.oauth.id)


def verdict(ip_address):
    attempt = workos.radar.create_attempt(
        ip_address=ip_address,
        user_agent="Mozilla/5.0",
        email="ada@acme.test",
        auth_method="Password",
        action="sign-in",
    )
    return plain(attempt.verdict)


@step("assess an attempt")
def _():
    same(verdict("203.0.113.7"), "allow")


@step("block an address")
def _():
    entry = ("ip_address", "block")
    workos.radar.add_list_entry(*entry, entry="203.0.113.8")
    same(verdict("203.0.113.8"), "block")
    workos.radar.remove_list_entry(*entry, entry="203.0.113.8")
    same(verdict("203.0.113.8"), "allow")


@step("create, get and delete an agent blueprint")
def _():
    blueprint = workos.agents.create_blueprint(name="Helper")
    same(workos.agents.get_blueprint(blueprint.id), blueprint)
    same(ids(workos.agents.list_blueprints()), [blueprint.id])
    workos.agents.delete_blueprint(blueprint.id)
    same(ids(workos.agents.list_blueprints()), [])


receiver = Receiver()


@step("create a webhook endpoint")
def _():
    made.endpoint = workos.webhooks.create_webhook_endpoint(
        endpoint_url=receiver.url, events=["organization.created"]
    )
    has(made.endpoint, status="enabled", events=["organization.created"])
    same(ids(workos.webhooks.list_webhook_endpoints()), [made.endpoint.id])


@step("receive a webhook and verify its signature")
def _():
    created = workos.organizations.create_organization(name="Hooked")
    body, signature = receiver.next()
    verify = workos.webhooks.verify_event
    event = verify(event_body=body, event_signature=signature, secret=made.endpoint.secret)
    same((event.event, event.data.id), ("organization.created", created.id))
    try:
        verify(event_body=body, event_signature=signature, secret="another")
    except ValueError:
        return
    raise AssertionError("a wrong secret verifies the signature")


@step("update a webhook endpoint")
def _():
    updated = workos.webhooks.update_webhook_endpoint(
        made.endpoint.id, status="disabled", events=["user.created"]
    )
    has(updated, status="disabled", events=["user.created"])


@step("delete a webhook endpoint")
def _():
    workos.webhooks.delete_webhook_endpoint(made.endpoint.id)
    same(workos.webhooks.list_webhook_endpoints().data, [])


@step("list events")
def _():
    page = workos.events.list_events(events=["organization.created"], order="desc")
    same((page.data[0].event, page.data[0].data.name), ("organization.created", "Hooked"))


@step("list the events after another")
def _():
    found = workos.events.list_events(events=["user.created"])
    rest = workos.events.list_events(events=["user.created"], after=found.data[0].id)
    same(ids(rest), ids(found)[1:])


# Every event of the walk so far has to suit the SDK's types.
@step("read events of many kinds")
def _():
    kinds = [
        "group.created", "invitation.accepted", "organization_membership.created",
        "dsync.user.created", "connection.activated", "role.created", "permission.created",
        "api_key.created", "vault.data.created", "flag.created", "organization_domain.verified",
    ]
    page = workos.events.list_events(events=kinds, limit=100)
    same(sorted({one.event for one in page} ^ set(kinds)), [])


@step("link to the Admin Portal")
def _():
    for intent in ("sso", "dsync", "audit_logs", "domain_verification"):
        link = workos.admin_portal.generate_link(organization=made.acme.id, intent=intent).link
        same(link.startswith("http"), True)


@step("token for widgets")
def _():
    answer = workos.widgets.create_token(organization_id=made.acme.id, user_id=made.ada.id)
    same(answer.token.count("."), 2)


@step("redirect URIs and CORS origins")
def _():
    # The first one becomes the default, which cannot be deleted.
    users.create_redirect_uri(uri=CALLBACK)
    other = users.create_redirect_uri(uri="http://localhost:3000/other")
    users.delete_redirect_uris(other.id)
    same([one.uri for one in users.list_redirect_uris()], [CALLBACK])
    origin = users.create_cors_origin(origin="http://localhost:3000")
    same(origin.origin, "http://localhost:3000")


# Sign-in

ADA = {"email": "ada@acme.test", "password": PASSWORD}


@step("sign in with a password")
def _():
    memberships.update_organization_membership(made.membership.id, role=RoleSingle("editor"))
    made.signed_in = users.authenticate_with_password(**ADA)
    has(made.signed_in, organization_id=made.acme.id, authentication_method="Password")
    same(made.signed_in.user.id, made.ada.id)
    token = claims(made.signed_in.access_token)
    same(
        [token[name] for name in ("iss", "sub", "org_id", "role", "client_id")],
        [URL, made.ada.id, made.acme.id, "editor", CLIENT_ID],
    )


@step("a wrong password is refused")
def _():
    sign_in = users.authenticate_with_password
    refused(400, "invalid_credentials", sign_in, email=ADA["email"], password="wrong")


@step("sign in with a password whose hash was imported")
def _():
    cleo = users.authenticate_with_password(email="cleo@acme.test", password="letmein-letmein")
    same(cleo.user.id, made.cleo.id)


@step("refresh a session")
def _():
    token = made.signed_in.refresh_token
    following = users.authenticate_with_refresh_token(refresh_token=token)
    before, after = claims(made.signed_in.access_token), claims(following.access_token)
    same((before["sid"], following.refresh_token != token), (after["sid"], True))


@step("an unknown refresh token is refused")
def _():
    refresh = users.authenticate_with_refresh_token
    refused(400, "invalid_grant", refresh, refresh_token="none")


@step("verify an access token with the key set")
def _():
    token = made.signed_in.access_token
    key = jwt.PyJWKClient(users.get_jwks_url(CLIENT_ID)).get_signing_key_from_jwt(token).key
    same(jwt.decode(token, key, ["RS256"], issuer=URL)["sub"], made.ada.id)
    same(len(users.get_jwks(CLIENT_ID).keys) > 0, True)


@step("reset a password")
def _():
    reset = users.reset_password(email=ADA["email"])
    same(users.get_password_reset(reset.id).password_reset_token, reset.password_reset_token)
    confirmed = users.confirm_password_reset(
        token=reset.password_reset_token, new_password="another horse battery"
    )
    same(confirmed.user.id, made.ada.id)
    refused(400, "invalid_credentials", users.authenticate_with_password, **ADA)
    users.update_user(made.ada.id, password=PasswordPlaintext(PASSWORD))


@step("an unverified address is verified first")
def _():
    ivy = {"email": "ivy@acme.test", "password": PASSWORD}
    made.ivy = users.create_user(email=ivy["email"], password=PasswordPlaintext(PASSWORD))
    code = "email_verification_required"
    error = refused(403, code, users.authenticate_with_password, **ivy)
    same((type(error).__name__, error.email), ("EmailVerificationRequiredError", ivy["email"]))
    signed_in = users.authenticate_with_email_verification(
        code=users.get_email_verification(error.email_verification_id).code,
        pending_authentication_token=error.pending_authentication_token,
    )
    has(signed_in.user, id=made.ivy.id, email_verified=True)


@step("verify an address without signing in")
def _():
    jon = users.create_user(email="jon@acme.test")
    same(users.send_verification_email(jon.id).user.id, jon.id)
    mails = [mail for mail in control("GET", "outbox") if mail["to"] == "jon@acme.test"]
    has(users.verify_email(jon.id, code=mails[-1]["code"]).user, id=jon.id, email_verified=True)


@step("sign in with Magic Auth")
def _():
    sent = users.create_magic_auth(email="kim@acme.test")
    same(users.get_magic_auth(sent.id).code, sent.code)
    answer = {"email": sent.email, "code": sent.code}
    signed_in = users.authenticate_with_magic_auth(**answer)
    has(signed_in, authentication_method="MagicAuth")
    has(signed_in.user, email="kim@acme.test", email_verified=True)
    code = "one_time_code_previously_used"
    refused(400, code, users.authenticate_with_magic_auth, **answer)


@step("sign in with the code of a redirect")
def _():
    url = users.get_authorization_url(
        provider="authkit", redirect_uri=CALLBACK, login_hint=ADA["email"], state="a b"
    )
    place, back = browse(url)
    same((place, back["state"]), (CALLBACK, "a b"))
    same(users.authenticate_with_code(code=back["code"]).user.id, made.ada.id)
    refused(400, "invalid_grant", users.authenticate_with_code, code=back["code"])


@step("sign in with PKCE")
def _():
    begun = users.get_authorization_url_with_pkce(
        redirect_uri=CALLBACK, provider="authkit", login_hint=ADA["email"]
    )
    _, back = browse(begun["url"])
    sign_in = users.authenticate_with_code_pkce
    refused(400, "invalid_grant", sign_in, code=back["code"], code_verifier="w" * 43)
    signed_in = sign_in(code=back["code"], code_verifier=begun["code_verifier"])
    same(signed_in.user.id, made.ada.id)


@step("sign in to AuthKit through SSO")
def _():
    url = users.get_authorization_url(connection_id=made.connection.id, redirect_uri=CALLBACK)
    _, back = browse(url)
    signed_in = users.authenticate_with_code(code=back["code"])
    has(signed_in, authentication_method="SSO")
    same(signed_in.user.email, "hal@acme.test")


@step("delete a connection")
def _():
    workos.sso.delete_connection(made.connection.id)
    refused(404, "entity_not_found", workos.sso.get_connection, made.connection.id)


@step("enroll an authenticator app, and verify its code")
def _():
    mfa = workos.multi_factor_auth
    made.factor = mfa.enroll_factor(type="totp", totp_issuer="Acme", totp_user="ada")
    same(made.factor.totp.issuer, "Acme")
    challenge = mfa.challenge_factor(made.factor.id)
    same(mfa.verify_challenge(challenge.id, code="000000").valid, False)
    code = totp(made.factor.totp.secret)
    same(mfa.verify_challenge(challenge.id, code=code).valid, True)


@step("get and delete a factor")
def _():
    mfa = workos.multi_factor_auth
    same(mfa.get_factor(made.factor.id).id, made.factor.id)
    mfa.delete_factor(made.factor.id)
    refused(404, "entity_not_found", mfa.get_factor, made.factor.id)


@step("send a code as a text message")
def _():
    mfa = workos.multi_factor_auth
    factor = mfa.enroll_factor(type="sms", phone_number="+15005550006")
    challenge = mfa.challenge_factor(factor.id, sms_template="Code: {{code}}")
    code = control("GET", "outbox/texts")[-1]["code"]
    same(mfa.verify_challenge(challenge.id, code=code).valid, True)


@step("sign in with a second factor")
def _():
    mfa = workos.multi_factor_auth
    lea = {"email": "lea@acme.test", "password": PASSWORD}
    user = users.create_user(
        email=lea["email"], email_verified=True, password=PasswordPlaintext(PASSWORD)
    )
    enrolled = mfa.create_user_auth_factor(user.id, type="totp", totp_issuer="Acme")
    factor = enrolled.authentication_factor
    same(ids(mfa.list_user_auth_factors(user.id)), [factor.id])
    error = refused(403, "mfa_challenge", users.authenticate_with_password, **lea)
    same([one["id"] for one in error.authentication_factors], [factor.id])
    answer = {
        "pending_authentication_token": error.pending_authentication_token,
        "authentication_challenge_id": mfa.challenge_factor(factor.id).id,
    }
    sign_in = users.authenticate_with_totp
    refused(400, "invalid_one_time_code", sign_in, code="000000", **answer)
    same(sign_in(code=totp(factor.totp.secret), **answer).user.id, user.id)


@step("choose one of several organizations")
def _():
    made.max = users.create_user(
        email="max@acme.test", email_verified=True, password=PasswordPlaintext(PASSWORD)
    )
    for organization in (made.acme, made.beta):
        memberships.create_organization_membership(
            user_id=made.max.id, organization_id=organization.id
        )
    sign_in = users.authenticate_with_password
    code = "organization_selection_required"
    error = refused(403, code, sign_in, email="max@acme.test", password=PASSWORD)
    same({one["id"] for one in error.organizations}, {made.acme.id, made.beta.id})
    made.max_signed_in = users.authenticate_with_organization_selection(
        pending_authentication_token=error.pending_authentication_token,
        organization_id=made.beta.id,
    )
    same(made.max_signed_in.organization_id, made.beta.id)


@step("switch the organization")
def _():
    switched = users.authenticate_with_refresh_token(
        refresh_token=made.max_signed_in.refresh_token, organization_id=made.acme.id
    )
    same(claims(switched.access_token)["org_id"], made.acme.id)


@step("list the sessions of a user")
def _():
    [session] = users.list_sessions(made.max.id).data
    has(session, id=claims(made.max_signed_in.access_token)["sid"], status="active")


@step("revoke a session")
def _():
    users.revoke_session(session_id=claims(made.max_signed_in.access_token)["sid"])
    token = made.max_signed_in.refresh_token
    refresh = users.authenticate_with_refresh_token
    refused(400, "invalid_grant", refresh, refresh_token=token)


@step("the logout URL ends a session")
def _():
    signed_in = users.authenticate_with_password(**ADA)
    url = users.get_logout_url(
        session_id=claims(signed_in.access_token)["sid"], return_to="http://localhost:3000/bye"
    )
    same(browse(url)[0], "http://localhost:3000/bye")
    refresh = users.authenticate_with_refresh_token
    refused(400, "invalid_grant", refresh, refresh_token=signed_in.refresh_token)


@step("a device waits for its user")
def _():
    device = users.create_device(client_id=CLIENT_ID)
    same((device.interval > 0, device.expires_in > 0), (True, True))
    poll = users.authenticate_with_device_code
    refused(400, "authorization_pending", poll, device_code=device.device_code)
    refused(400, "slow_down", poll, device_code=device.device_code)


@step("enter an organization by invitation")
def _():
    sent = users.send_invitation(email="nia@acme.test", organization_id=made.acme.id)
    magic = users.create_magic_auth(email="nia@acme.test", invitation_token=sent.token)
    signed_in = users.authenticate_with_magic_auth(
        code=magic.code, email=magic.email, invitation_token=sent.token
    )
    same(signed_in.organization_id, made.acme.id)


COOKIE_KEY = Fernet.generate_key().decode()


def load(sealed):
    return users.load_sealed_session(session_data=sealed, cookie_password=COOKIE_KEY)


@step("authenticate a sealed session")
def _():
    signed_in = users.authenticate_with_password(**ADA)
    made.sealed = seal_session_from_auth_response(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        user=signed_in.user.to_dict(),
        cookie_password=COOKIE_KEY,
    )
    session = load(made.sealed).authenticate()
    has(session, authenticated=True, organization_id=made.acme.id, role="editor")
    same(sorted(session.permissions), ["posts:read", "posts:write"])
    same(session.feature_flags, ["new-search"])


@step("a sealed session opens with its own password only")
def _():
    session = users.load_sealed_session(
        session_data=made.sealed, cookie_password=Fernet.generate_key().decode()
    ).authenticate()
    has(session, authenticated=False, reason="invalid_session_cookie")


@step("refresh a sealed session")
def _():
    refreshed = load(made.sealed).refresh()
    has(refreshed, authenticated=True, organization_id=made.acme.id)
    made.resealed = refreshed.sealed_session
    same(load(made.resealed).authenticate().authenticated, True)


@step("the logout URL of a sealed session")
def _():
    url = load(made.resealed).get_logout_url(return_to="http://localhost:3000/bye")
    same(browse(url)[0], "http://localhost:3000/bye")
    same(load(made.resealed).refresh().authenticated, False)


control("POST", "reset")
sys.exit(0 if run("python") else 1)
