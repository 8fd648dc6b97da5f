//! Audit log configuration and authorized applications.

use workos::connect::ConnectApplicationType;
use workos::organizations::{
    AuditLogConfiguration, AuditLogConfigurationLogStream, AuditLogConfigurationLogStreamState,
    AuditLogConfigurationLogStreamType, AuditLogConfigurationState, AuthorizedApplication,
    ListAuthorizedApplicationsParams, Organization,
};
use workos::{ConnectApplication, ListMetadata, Page, PaginationOrder};
use workos_emulator::Emulator;

use super::create_named;
use crate::common::emulated::{NOW, emulator, refusal, whole};

#[tokio::test]
async fn an_audit_log_configuration_has_retention_and_stream() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let mut stream = AuditLogConfigurationLogStream::default();
    stream.id = "als_1".into();
    stream.type_ = AuditLogConfigurationLogStreamType::Datadog;
    stream.state = AuditLogConfigurationLogStreamState::Active;
    stream.last_synced_at = Some("2026-02-28T23:59:59.000Z".into());
    stream.created_at = NOW.parse().unwrap();
    let mut expected = AuditLogConfiguration::default();
    expected.organization_id.clone_from(&acme.id);
    expected.retention_period_in_days = 365;
    expected.state = AuditLogConfigurationState::Active;
    expected.log_stream = Some(stream);
    emulator.fixtures().audit_log_configuration(expected.clone());
    assert_eq!(organizations.get_audit_log_configuration(&acme.id).await.unwrap(), expected);

    expected.organization_id.clone_from(&globex.id);
    expected.retention_period_in_days = 30;
    expected.state = AuditLogConfigurationState::Inactive;
    expected.log_stream = None;
    assert_eq!(organizations.get_audit_log_configuration(&globex.id).await.unwrap(), expected);
}

/// An application that the user has authorized in the organization.
fn authorized(
    emulator: &Emulator,
    organization: &Organization,
    name: &str,
) -> AuthorizedApplication {
    let mut application = ConnectApplication::default();
    application.id = format!("conn_app_{name}");
    application.name = name.into();
    application.application_type = Some(ConnectApplicationType::M2M);
    application.organization_id = Some(organization.id.clone());
    application.scopes = vec!["openid".into(), "email".into()];
    emulator.fixtures().authorized_application(&organization.id, "user_1", application)
}

#[tokio::test]
async fn authorized_applications_of_an_organization_are_listed_newest_first() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let mail = authorized(&emulator, &acme, "mail");
    let other = authorized(&emulator, &globex, "other");
    let calendar = authorized(&emulator, &acme, "calendar");
    assert_eq!(mail.granted_scopes, ["openid", "email"]);

    let list = |organization: &Organization, params| {
        organizations.list_authorized_applications(&organization.id, params)
    };
    let listed = list(&acme, Default::default()).await.unwrap();
    assert_eq!(listed, whole([calendar.clone(), mail.clone()]));
    assert_eq!(list(&globex, Default::default()).await.unwrap(), whole([other]));

    let asc = Some(PaginationOrder::Asc);
    let first =
        ListAuthorizedApplicationsParams { order: asc, limit: Some(1), ..Default::default() };
    let after = Some(mail.id.clone());
    let listed = list(&acme, first.clone()).await.unwrap();
    assert_eq!(listed, Page::new(vec![mail.clone()], ListMetadata::new(None, after)));
    let walk = organizations.list_authorized_applications_auto_paging(&acme.id, first);
    assert_eq!(walk.try_collect::<Vec<_>>().await.unwrap(), [mail, calendar]);

    let wrong = ListAuthorizedApplicationsParams { limit: Some(0), ..Default::default() };
    assert_eq!(refusal(list(&acme, wrong).await), "422 invalid_request_parameters limit");
}
