//! [`Store`]: the collections, one entry each.

use std::any::TypeId;
use std::sync::Arc;

use workos::agents::{AgentBlueprint, AgentInstance};
use workos::user_management::{AuthkitOAuthResource, CorsOrigin, Invitation, RedirectUri};
use workos::{
    AuthorizationResource, ConnectApplication, Directory, DirectoryGroup, DirectoryUser, EventData,
    Group, ObjectType, Organization, OrganizationMembership, Permission, Profile, RadarChallenge,
    SecretString, Session, Timestamp, User, Waitlist, WaitlistEntry, WebhookEndpoint,
};

use super::Change;
use super::collection::{Collection, Entity, Happened, Index, Object, Taken};
use super::collections::collections;
use super::rows::{self, *};
use super::table::Table;
use crate::reply::{Answer, Refusal};

collections! {
    row events: StoredEvent, "event", "Event" {}

    object agent_blueprints: AgentBlueprint, "agent_blueprint", "Agent blueprint" {
        keys {
            unique "name" by |row, key| key(&row.name),
                409 "name_already_in_use" "Another agent blueprint has this name.";
        }
        tells rows::agents::of_blueprint;
    }
    object agent_instances: AgentInstance, "agent", "Agent instance" {
        keys {
            many "blueprint" by |row, key| key(&row.agent_blueprint_id);
            many "organization" by |row, key| key(&row.organization_id);
            many "membership" by |row, key| each(&row.organization_membership_id, key);
        }
        tells rows::agents::of_instance;
        first rows::agents::end_sessions;
        of {
            AgentBlueprint by "blueprint";
            Organization by "organization";
            OrganizationMembership by "membership";
        }
    }
    row agent_sessions: AgentSession, "agent_session", "Agent instance session" {
        keys {
            many "instance" by |row, key| key(&row.session.agent_instance_id);
            many "blueprint" by |row, key| key(&row.blueprint_id);
            many "organization" by |row, key| each(&row.session.organization_id, key);
            many "parent" by |row, key| each(&row.parent_id, key);
        }
        tells rows::agents::of_session;
        of { AgentInstance by "instance"; }
    }
    row registrations: Registration, "agent_reg", "Agent registration" {
        keys {
            many "organization" by |row, key| key(&row.registration.organization_id);
            many "user" by |row, key| each(&row.registration.agent_identity.userland_user_id, key);
        }
        tells rows::agents::of_registration;
        of { Organization by "organization"; User by "user"; }
    }
    row claim_attempts: ClaimAttempt, "agent_reg_claim_attempt", "Claim attempt" {
        keys {
            many "token" by |row, key| key(&row.token);
            many "registration" by |row, key| key(&row.attempt.agent_registration_id);
            many "user" by |row, key| each(&row.user_id, key);
        }
        tells rows::agents::of_attempt;
        of { Registration by "registration"; User by "user"; }
    }
    row agent_credentials: IssuedCredential, "agent_reg_credential", "Agent credential" {
        keys {
            many "secret" by |row, key| key(&row.secret);
            many "registration" by |row, key| key(&row.credential.agent_registration_id);
        }
        tells rows::agents::of_credential;
        of { Registration by "registration"; }
    }

    object organizations: Organization, "org", "Organization" {
        keys {
            unique "external_id" by |row, key| each(&row.external_id, key),
                400 "external_id_already_used" "Another organization has this external_id.";
            unique "stripe_customer_id" by |row, key| each(&row.stripe_customer_id, key),
                400 "stripe_customer_id_already_used" "Another organization has this Stripe customer.";
            unique "domain" by |row, key| each(row.domains.iter().map(|own| &own.domain), key),
                409 "domain_already_used" "The domain {key} belongs to another organization.";
            many "domain_id" by |row, key| each(row.domains.iter().map(|own| &own.id), key);
            many "name" by |row, key| key(&row.name);
        }
        tells rows::organizations::of_organization;
        then rows::authorization::after_organization;
    }
    row it_contacts: Contact, "it_contact", "IT contact" {
        keys { many "organization" by |row, key| key(&row.organization_id); }
        of { Organization by "organization"; }
    }
    row authorized_applications: Authorization, "authorized_connect_app", "Authorized application" {
        keys {
            many "application" by |row, key| key(&row.application_id);
            many "organization" by |row, key| each(&row.organization_id, key);
            many "user" by |row, key| key(&row.user_id);
        }
        of { ConnectApplication by "application"; Organization by "organization"; User by "user"; }
    }
    object connect_applications: ConnectApplication, "conn_app", "Connect application" {
        keys {
            unique "client_id" by |row, key| key(&row.client_id),
                409 "client_id_already_used" "Another application has the client ID {key}.";
            many "organization" by |row, key| each(&row.organization_id, key);
        }
        of { Organization by "organization"; }
    }
    row client_secrets: ClientSecret, "secret", "Client secret" {
        keys {
            many "application" by |row, key| key(&row.application_id);
            many "digest" by |row, key| key(&row.digest);
        }
        of { ConnectApplication by "application"; }
    }
    row data_providers: Provider, "data_provider", "Data provider" {
        keys {
            unique "slug" by |row, key| key(&row.slug),
                409 "data_integration_already_exists" "There is a provider '{key}' already.";
        }
    }
    row data_integrations: Integration, "data_integration", "Data integration" {
        keys {
            unique "place" by |row, key| {
                key(&Integration::place(&row.integration.slug, &row.ownership()));
            }, 409 "data_integration_already_exists" "There is a data integration for {key} already.";
            many "slug" by |row, key| key(&row.integration.slug);
        }
    }
    row data_integration_settings: IntegrationSettings, "data_integration_configuration",
        "Data integration configuration" {
        keys {
            many "organization" by |row, key| key(&row.organization_id);
            many "place" by |row, key| {
                key(&IntegrationSettings::place(&row.organization_id, &row.slug));
            };
            many "slug" by |row, key| key(&row.slug);
        }
        of { Organization by "organization"; }
    }
    row connected_accounts: Account, "data_installation", "Connected account" {
        keys {
            many "established_by" by |row, key| each(&row.account.established_by_user_id, key);
            many "integration" by |row, key| key(row.integration_id());
            many "organization" by |row, key| each(&row.account.organization_id, key);
            many "owner" by |row, key| key(&row.owner());
            many "user" by |row, key| each(&row.account.user_id, key);
        }
        tells rows::pipes::of_account;
        of { Integration by "integration"; Organization by "organization"; User by "user"; }
    }
    row connection_attempts: ConnectionAttempt, "connection_attempt", "Authorization" {
        keys {
            many "code" by |row, key| each(row.granted.iter().map(|granted| granted.code.expose()), key);
            many "integration" by |row, key| key(&row.integration_id);
            many "organization" by |row, key| each(&row.organization_id, key);
            many "user" by |row, key| key(&row.user_id);
        }
        of { Integration by "integration"; Organization by "organization"; User by "user"; }
    }
    row several_accounts: SeveralAccounts, "several_accounts", "Several accounts" {}
    row audit_log_configurations: AuditLogSettings, "org", "Audit log configuration" {
        keys { many "organization" by |row, key| key(&row.id); }
        of { Organization by "organization"; }
    }
    object groups: Group, "group", "Group" {
        keys { many "organization" by |row, key| key(&row.organization_id); }
        events { GroupCreated GroupUpdated GroupDeleted }
        of { Organization by "organization"; }
    }
    row group_members: Member, "group_member", "Group membership" {
        keys {
            many "group" by |row, key| key(&row.group_id);
            many "membership" by |row, key| key(&row.membership_id);
        }
        tells rows::organizations::of_member;
        then rows::authorization::after_member;
        of { Group by "group"; OrganizationMembership by "membership"; }
    }
    object organization_memberships: OrganizationMembership, "om", "Organization membership" {
        keys {
            many "organization" by |row, key| key(&row.organization_id);
            many "user" by |row, key| key(&row.user_id);
        }
        tells rows::organizations::of_membership;
        then rows::authorization::after_membership;
        of { Organization by "organization"; User by "user"; }
    }
    row roles: StoredRole, "role", "Role" {
        keys {
            unique "environment_slug" by |row, key| {
                if row.organization_id.is_none() { key(&row.role.slug) }
            }, 409 "role_slug_conflict" "Another role has the slug '{key}'.";
            unique "organization_slug" by |row, key| {
                row.organization_id.iter().for_each(|id| key(&pair(id, &row.role.slug)));
            }, 409 "organization_role_slug_conflict" "The organization has a role with this slug.";
            many "slug" by |row, key| key(&row.role.slug);
            many "default" by |row, key| if row.is_default { key("default") };
            many "organization" by |row, key| {
                key(row.organization_id.as_deref().unwrap_or(ENVIRONMENT));
            };
            many "permission" by |row, key| each(&row.role.permissions, key);
        }
        tells rows::authorization::of_role;
        of { Organization by "organization"; }
    }
    object permissions: Permission, "perm", "Permission" {
        keys {
            unique "slug" by |row, key| key(&row.slug),
                409 "permission_slug_conflict" "Another permission has the slug '{key}'.";
        }
        events { PermissionCreated PermissionUpdated PermissionDeleted }
    }
    row resource_types: ResourceType, "resource_type", "Resource type" {}
    object authorization_resources: AuthorizationResource, "authz_resource", "Resource" {
        keys {
            unique "external_id" by |row, key| external_ids(row, key),
                409 "authorization_resource_external_id_conflict"
                    "The organization has a resource of this type with this external_id.";
            many "organization" by |row, key| key(&row.organization_id);
            many "type" by |row, key| key(&row.resource_type_slug);
            many "parent" by |row, key| each(&row.parent_resource_id, key);
        }
        of { Organization by "organization"; AuthorizationResource by "parent"; }
    }
    row group_role_assignments: GroupAssignment, "gra", "Group role assignment" {
        keys {
            unique "role_on" by |row, key| {
                key(&pair(&row.group_id, &pair(&row.role_id, &row.resource_id)));
            }, 409 "duplicate_group_role_assignment" "The group has this role on the resource.";
            many "group" by |row, key| key(&row.group_id);
            many "role" by |row, key| key(&row.role_id);
            many "resource" by |row, key| key(&row.resource_id);
        }
        then rows::authorization::after_group_assignment;
        of { Group by "group"; AuthorizationResource by "resource"; }
    }
    row role_assignments: Assignment, "role_assignment", "Role assignment" {
        keys {
            many "on" by |row, key| key(&pair(&row.membership_id, &row.resource_id));
            many "membership" by |row, key| key(&row.membership_id);
            many "role" by |row, key| key(&row.role_id);
            many "resource" by |row, key| key(&row.resource_id);
            many "group" by |row, key| each(row.source.iter().map(|from| &from.assignment_id), key);
            many "member" by |row, key| each(row.source.iter().map(|from| &from.member_id), key);
        }
        of {
            OrganizationMembership by "membership";
            AuthorizationResource by "resource";
            GroupAssignment by "group";
            Member by "member";
        }
    }
    object users: User, "user", "User" {
        keys {
            unique "email" by |row, key| key(&row.email.to_lowercase()),
                400 "email_not_available" "The email address is not available.";
            unique "external_id" by |row, key| each(&row.external_id, key),
                400 "external_id_already_used" "Another user has this external_id.";
        }
        events { UserCreated UserUpdated UserDeleted }
    }
    row passwords: StoredPassword, "user", "Password" {
        keys { many "user" by |row, key| key(&row.id); }
        of { User by "user"; }
    }
    row email_changes: PendingEmailChange, "user", "Email change" {
        keys { many "user" by |row, key| key(&row.id); }
        of { User by "user"; }
    }
    row email_verifications: Verification, "email_verification", "Email verification" {
        keys { many "user" by |row, key| key(&row.verification.user_id); }
        of { User by "user"; }
    }
    row sign_in_facts: SignInFacts, "user", "Sign-in facts" {
        keys { many "subject" by |row, key| key(&row.id); }
        of { ConnectApplication by "subject"; Organization by "subject"; User by "subject"; }
    }
    row environment_keys: EnvironmentKey, "environment_key", "API key" {}
    row identities: Identity, "identity", "Identity" {
        keys { many "user" by |row, key| key(&row.user_id); }
        of { User by "user"; }
    }
    object sessions: Session, "session", "Session" {
        keys {
            many "organization" by |row, key| each(&row.organization_id, key);
            many "user" by |row, key| key(&row.user_id);
        }
        of { Organization by "organization"; User by "user"; }
    }
    row session_facts: SessionFacts, "session", "Session" {
        keys { many "session" by |row, key| key(&row.id); }
        of { Session by "session"; }
    }
    row refresh_tokens: RefreshToken, "ref", "Refresh token" {
        keys {
            many "session" by |row, key| key(&row.session_id);
            many "token" by |row, key| key(&row.token);
        }
        of { Session by "session"; }
    }
    row pending_sign_ins: PendingSignIn, "pending", "Pending authentication" {
        keys {
            many "token" by |row, key| key(&row.token);
            many "user" by |row, key| key(&row.sign_in.user_id);
        }
        after expires_at;
        of { User by "user"; }
    }
    row authorization_codes: AuthorizationCode, "auth_code", "Authorization code" {
        keys {
            many "code" by |row, key| key(&row.code);
            many "profile" by |row, key| each(row.profile_id(), key);
            many "user" by |row, key| each(row.user_id(), key);
        }
        after expires_at;
        of { Profile by "profile"; User by "user"; }
    }
    row email_completions: EmailCompletion, "email_completion", "Email completion" {
        keys { many "token" by |row, key| key(&row.token); }
        after expires_at;
    }
    row device_authorizations: DeviceAuthorization, "dev_auth", "Device authorization" {
        keys {
            many "device_code" by |row, key| key(&row.device_code);
            many "user" by |row, key| each(row.user_id(), key);
            many "user_code" by |row, key| key(&row.user_code);
        }
        after expires_at;
        of { User by "user"; }
    }
    row profile_tokens: ProfileToken, "sso_token", "Profile token" {
        keys {
            many "profile" by |row, key| key(&row.profile_id);
            many "token" by |row, key| key(&row.token);
        }
        after expires_at;
        of { Profile by "profile"; }
    }
    row logout_tokens: LogoutToken, "logout_token", "Logout token" {
        keys {
            many "profile" by |row, key| key(&row.profile_id);
            many "token" by |row, key| key(&row.token);
        }
        after expires_at;
        of { Profile by "profile"; }
    }
    row met_challenges: MetChallenge, "radar_challenge", "Radar challenge" {
        keys { many "challenge" by |row, key| key(&row.id); }
        of { RadarChallenge by "challenge"; }
    }
    row sms_demands: SmsDemand, "user", "Radar challenge" {
        keys { many "user" by |row, key| key(&row.id); }
        of { User by "user"; }
    }
    row agent_refresh_tokens: AgentRefreshToken, "agent_ref", "Refresh token" {
        keys {
            many "session" by |row, key| key(&row.session_id);
            many "token" by |row, key| key(&row.token);
        }
        of { AgentSession by "session"; }
    }
    row agent_token_facts: AgentTokenFacts, "agent_session", "Agent instance session" {
        keys { many "session" by |row, key| key(&row.id); }
        of { AgentSession by "session"; }
    }
    row external_logins: ExternalLogin, "external_auth", "External sign-in" {
        keys { many "user" by |row, key| each(&row.user_id, key); }
        after expires_at;
        of { User by "user"; }
    }
    row interactive_sign_ins: InteractiveSignIn, "interactive", "Interactive sign-in" {
        keys {
            many "token" by |row, key| key(&row.token);
            many "user" by |row, key| each(row.user_id(), key);
        }
        after expires_at;
        of { User by "user"; }
    }
    row key_rotations: KeyRotation, "key_rotation", "Key rotation" {}
    object invitations: Invitation, "invitation", "Invitation" {
        keys {
            many "email" by |row, key| key(&row.email.to_lowercase());
            many "token" by |row, key| each(row.token.iter().map(SecretString::expose), key);
            many "organization" by |row, key| each(&row.organization_id, key);
        }
        of { Organization by "organization"; }
    }
    row magic_codes: MagicCode, "magic_auth", "Magic Auth code" {
        keys { many "user" by |row, key| key(&row.magic_auth.user_id); }
        of { User by "user"; }
    }
    row password_resets: SentReset, "password_reset", "Password reset" {
        keys {
            many "user" by |row, key| key(&row.reset.user_id);
            many "token" by |row, key| {
                each(row.reset.password_reset_token.iter().map(SecretString::expose), key);
            };
        }
        of { User by "user"; }
    }
    row redirect_uris: RedirectUri, "redir", "Redirect URI" {
        keys {
            unique "uri" by |row, key| key(&row.uri),
                422 "redirect_uri_already_exists" "Redirect URI '{key}' already exists.";
        }
    }
    object cors_origins: CorsOrigin, "cors_origin", "CORS origin" {
        keys {
            unique "origin" by |row, key| key(&row.origin),
                409 "duplicate_cors_origin" "CORS origin already exists.";
        }
    }
    row oauth_resources: AuthkitOAuthResource, "authkit_oauth_resource", "OAuth resource" {
        keys {
            unique "uri" by |row, key| key(&row.uri),
                422 "oauth_resource_already_exists" "OAuth resource '{key}' already exists.";
        }
    }
    row jwt_templates: StoredTemplate, "jwt_template", "JWT template" {}
    row api_keys: StoredApiKey, "api_key", "API Key" {
        keys {
            unique "hash" by |row, key| key(&row.hash),
                409 "api_key_value_taken" "Another API key has this value.";
            many "organization" by |row, key| each(row.organization_id(), key);
            many "owner_organization" by |row, key| each(row.owner_organization_id(), key);
            many "user" by |row, key| each(row.user_id(), key);
        }
        tells rows::api_keys::of_api_key;
        of { Organization by "organization"; User by "user"; }
    }
    row auth_factors: StoredFactor, "auth_factor", "Authentication factor" {
        keys { many "user" by |row, key| each(&row.factor.user_id, key); }
        of { User by "user"; }
    }
    row auth_challenges: StoredChallenge, "auth_challenge", "Authentication challenge" {
        keys { many "factor" by |row, key| key(&row.challenge.authentication_factor_id); }
        of { StoredFactor by "factor"; }
    }
    object radar_challenges: RadarChallenge, "radar_challenge", "Radar challenge" {
        keys { many "user" by |row, key| key(&row.user_id); }
        of { User by "user"; }
    }
    row sms_verifications: SmsVerification, "vrf", "Verification" {
        keys { many "user" by |row, key| key(&row.user_id); }
        of { User by "user"; }
    }
    row radar_attempts: RadarAttempt, "radar_att", "Radar attempt" {}
    row radar_entries: RadarEntry, "radar_list_entry", "Radar list entry" {
        keys {
            many "key" by |row, key| key(&RadarEntry::key(&row.list, row.action, &row.value));
        }
    }
    row extras: Extra, "extra", "Extra" {
        keys {
            many "kind" by |row, key| key(&row.kind);
            many "object" by |row, key| key(&row.id);
        }
        of { StoredRole by "object"; AuthorizationResource by "object"; WebhookEndpoint by "object"; }
    }
    row radar_signals: StoredSignals, "signals", "Signals" {}
    object waitlists: Waitlist, "waitlist", "Waitlist" {}
    object waitlist_entries: WaitlistEntry, "wl_user", "Waitlist entry" {
        keys {
            many "waitlist" by |row, key| each(&row.waitlist_id, key);
            many "email" by |row, key| key(&row.email);
        }
        tells rows::waitlists::of_entry;
        of { Waitlist by "waitlist"; }
    }
    row magic_links: MagicLink, "passwordless_session", "Passwordless session" {}
    row portal_links: PortalLink, "portal_link", "Portal link" {
        keys {
            many "link" by |row, key| key(row.link.expose());
            many "organization" by |row, key| key(&row.request.organization);
        }
        after expires_at;
        of { Organization by "organization"; }
    }
    row teams: StoredTeam, "team", "Team" {
        keys {
            unique "admin" by |row, key| key(&row.admin_email),
                409 "user_already_exists" "A WorkOS user with this email address exists already.";
        }
    }
    row audit_actions: AuditAction, "ala", "Audit log action" {
        keys {
            unique "name" by |row, key| key(&row.action.name),
                409 "audit_log_action_exists" "The action {key} exists already.";
        }
    }
    row audit_schemas: AuditSchema, "als", "Audit log schema" {
        keys { many "action" by |row, key| key(&row.action_id); }
        of { AuditAction by "action"; }
    }
    row audit_events: AuditEvent, "audit_event", "Audit log event" {
        keys { many "organization" by |row, key| key(&row.organization_id); }
        of { Organization by "organization"; }
    }
    row audit_exports: AuditExport, "audit_log_export", "Audit Log Export" {
        keys { many "organization" by |row, key| key(&row.organization_id); }
        of { Organization by "organization"; }
    }
    row vault_keys: EncryptionKey, "vault_key", "Vault key" {
        keys {
            many "item" by |row, key| each(&row.item, key);
            many "organization" by |row, key| {
                each(row.byok.iter().map(|(organization_id, _)| organization_id), key);
            };
        }
        tells rows::vault::of_key;
    }
    row vault_objects: VaultEntry, "vault_object", "Object" {
        keys {
            unique "name" by |row, key| key(&row.name),
                409 "object_name_already_used" "An object with the name '{key}' exists already.";
        }
        tells rows::vault::of_object;
    }
    row vault_versions: VaultVersion, "vault_version", "Object version" {
        keys { many "object" by |row, key| key(&row.object_id); }
        of { VaultEntry by "object"; }
    }
    row feature_flags: StoredFlag, "flag", "Feature flag" {
        keys {
            unique "slug" by |row, key| key(&row.flag.slug),
                409 "flag_slug_already_used" "Another feature flag has the slug '{key}'.";
        }
    }
    row flag_targets: StoredTarget, "flag_target", "Feature flag target" {
        keys {
            many "flag" by |row, key| key(&row.flag_id);
            many "resource" by |row, key| each(row.resource_id(), key);
        }
        of { StoredFlag by "flag"; Organization by "resource"; User by "resource"; }
    }
    object webhook_endpoints: WebhookEndpoint, "we", "Webhook endpoint" {
        keys {
            unique "url" by |row, key| key(&row.endpoint_url),
                409 "duplicate_endpoint" "Another webhook endpoint has the URL {key}.";
        }
    }
    object directories: Directory, "directory", "Directory" {
        keys {
            many "organization" by |row, key| each(&row.organization_id, key);
        }
        tells rows::directories::of_directory;
        of { Organization by "organization"; }
    }
    row directory_syncs: DirectorySync, "directory", "Directory sync" {
        keys { many "directory" by |row, key| key(&row.id); }
        of { Directory by "directory"; }
    }
    object directory_users: DirectoryUser, "directory_user", "Directory user" {
        keys {
            many "directory" by |row, key| key(&row.directory_id);
            unique "idp_id" by |row, key| key(&in_directory(&row.directory_id, &row.idp_id)),
                409 "idp_id_already_used" "Another user of the directory has this idp_id.";
            many "email" by |row, key| {
                let email = row.email.iter();
                email.for_each(|email| key(&in_directory(&row.directory_id, email)));
            };
        }
        of { Directory by "directory"; }
    }
    object directory_groups: DirectoryGroup, "directory_group", "Directory group" {
        keys {
            many "directory" by |row, key| key(&row.directory_id);
            unique "idp_id" by |row, key| key(&in_directory(&row.directory_id, &row.idp_id)),
                409 "idp_id_already_used" "Another group of the directory has this idp_id.";
            many "name" by |row, key| key(&in_directory(&row.directory_id, &row.name));
        }
        of { Directory by "directory"; }
    }
    row directory_group_roles: DirectoryGroupRole, "directory_group", "Role of a directory group" {
        keys { many "group" by |row, key| key(&row.id); }
        of { DirectoryGroup by "group"; }
    }
    row directory_members: DirectoryMember, "directory_member", "Directory group membership" {
        keys {
            many "group" by |row, key| key(&row.group_id);
            many "user" by |row, key| key(&row.user_id);
        }
        of { DirectoryGroup by "group"; DirectoryUser by "user"; }
    }
    row directory_scripts: StoredScript, "directory_script", "Directory script" {
        keys { many "directory" by |row, key| key(&row.directory_id); }
        of { Directory by "directory"; }
    }
    row directory_script_runs: ScriptRun, "directory_script", "Run of a directory script" {
        keys {
            many "script" by |row, key| key(&row.id);
            many "state" by |row, key| each(row.due.map(|_| ScriptRun::RUNNING), key);
        }
        of { StoredScript by "script"; }
    }
    row connections: StoredConnection, "conn", "Connection" {
        keys {
            many "organization" by |row, key| key(row.organization_id());
            unique "external_id" by |row, key| {
                let id = row.external_id.iter();
                id.for_each(|id| key(&format!("{} {id}", row.organization_id())));
            }, 409 "external_id_already_in_use" "Another connection of the organization has this external_id.";
        }
        tells rows::connections::of_connection;
        of { Organization by "organization"; }
    }
    row saml_certificates: StoredCertificate, "saml_x509_cert", "Certificate" {
        keys {
            many "connection" by |row, key| key(&row.connection_id);
            many "kind" by |row, key| {
                key(&format!("{} {}", row.connection_id, row.certificate.object));
            };
        }
        of { StoredConnection by "connection"; }
    }
    row profiles: Profile, "prof", "Profile" {
        keys {
            many "connection" by |row, key| key(&row.connection_id);
            unique "email" by |row, key| key(&format!("{} {}", row.connection_id, row.email)),
                409 "profile_already_exists" "The connection has a profile with this email.";
        }
        of { StoredConnection by "connection"; }
    }
}

impl Store {
    /// The row with this ID, or 404.
    pub(crate) fn one<T: Entity>(&self, id: &str) -> Answer<&Arc<T>> {
        T::collection(self).get(id).ok_or_else(|| Refusal::not_found(T::NAME, id))
    }

    /// The row with this key, or 404.
    pub(crate) fn one_by<T: Entity>(&self, index: &str, key: &str) -> Answer<&Arc<T>> {
        T::collection(self).find(index, key).ok_or_else(|| Refusal::not_found(T::NAME, key))
    }

    /// The row with this ID among those with this key, such as its parent's ID, or 404.
    pub(crate) fn one_of<T: Entity>(&self, index: &str, key: &str, id: &str) -> Answer<&Arc<T>> {
        let row = self.one::<T>(id)?;
        if T::collection(self).has_key(index, key, id) {
            Ok(row)
        } else {
            Err(Refusal::not_found(T::NAME, id))
        }
    }
}

/// Calls a function with each of these keys.
fn each<T: AsRef<str>>(keys: impl IntoIterator<Item = T>, key: &mut dyn FnMut(&str)) {
    keys.into_iter().for_each(|one| key(one.as_ref()));
}
