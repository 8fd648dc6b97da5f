//! [`Fixtures`]: objects that no API call creates.

use std::time::Duration;

use workos::{
    AuditLogConfiguration, AuthorizedApplication, ConnectApplication, ObjectType, Session,
    SessionAuthMethod, SessionStatus, UserIdentity, UserIdentityProvider,
};

use crate::store::InOrganization;
use crate::world::World;

/// Creates objects that otherwise require a sign-in or the dashboard.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use workos::user_management::{CreateUser, RevokeSession};
///
/// let emulator = workos_emulator::Emulator::start().await?;
/// let client = emulator.client();
/// let users = client.user_management();
/// let ada = users.create_user(CreateUser::new("ada@example.com")).await?;
///
/// let session = emulator.fixtures().session(&ada.id);
/// users.revoke_session(RevokeSession::new(&session.id)).await?;
/// assert!(users.list_sessions(&ada.id, Default::default()).await?.data.is_empty());
/// # Ok(()) }
/// ```
///
/// Fixtures do not check that the user or organization exists.
#[derive(Debug)]
pub struct Fixtures<'a> {
    world: &'a World,
}

impl<'a> Fixtures<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world }
    }

    /// Creates a session of this user: started now with a password, expiring in 30 days.
    pub fn session(&self, user_id: &str) -> Session {
        let now = self.world.now();
        let mut session = Session::default();
        session.object = ObjectType::Session;
        session.id = self.world.id("session");
        session.user_id = user_id.into();
        session.auth_method = SessionAuthMethod::Password;
        session.status = SessionStatus::Active;
        session.expires_at = now + Duration::from_secs(30 * 24 * 60 * 60);
        session.created_at = now;
        session.updated_at = now;
        self.world.store().sessions.insert(session.clone());
        session
    }

    /// Adds an identity of this user: an account at an OAuth provider.
    pub fn identity(&self, user_id: &str, provider: UserIdentityProvider) -> UserIdentity {
        let mut identity = UserIdentity::default();
        identity.idp_id = self.world.ids.token(21);
        identity.type_ = "OAuth".into();
        identity.provider = provider;
        self.world.store().identities.push((user_id.into(), identity.clone()));
        identity
    }

    /// Adds an application that this user of the organization has authorized.
    pub fn authorized_application(
        &self,
        organization_id: &str,
        user_id: &str,
        application: ConnectApplication,
    ) -> AuthorizedApplication {
        let mut entity = AuthorizedApplication::default();
        entity.object = ObjectType::AuthorizedConnectApplication;
        entity.id = self.world.id("authorized_connect_app");
        entity.user_id = Some(user_id.into());
        entity.granted_scopes.clone_from(&application.scopes);
        entity.application = application;
        let row =
            InOrganization { organization_id: organization_id.into(), entity: entity.clone() };
        self.world.store().authorized_applications.insert(row);
        entity
    }

    /// Sets an organization's audit log configuration, instead of the default.
    pub fn audit_log_configuration(&self, configuration: AuditLogConfiguration) {
        let organization_id = configuration.organization_id.clone();
        self.world.store().audit_log_configurations.insert(organization_id, configuration);
    }
}
