// Directories, connections, audit logs, Vault, flags, API keys, Pipes, Connect, Radar, webhooks.

import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { has, ids, isId, made, refused, same, step } from './steps.mjs';

export async function products(workos, emulator) {
  await directories(workos, emulator);
  await auditLogs(workos);
  await vault(workos);
  await flags(workos, emulator);
  await apiKeys(workos);
  await pipes(workos);
  await connect(workos, emulator);
  await radar(workos);
  await agents(workos);
  await webhooks(workos);
  await links(workos);
}

async function directories({ directorySync: directories, sso }, emulator) {
  await step('seed a directory and a connection', async () => {
    await emulator.control('POST', 'seed', {
      directories: [
        {
          organization: 'Acme',
          name: 'Acme Okta',
          type: 'okta scim v2.0',
          domain: 'acme.test',
          groups: [{ name: 'Sales', idp_id: 'g1' }],
          users: [
            {
              idp_id: 'u1',
              email: 'fay@acme.test',
              first_name: 'Fay',
              last_name: 'Wray',
              groups: ['Sales'],
              custom_attributes: { department: 'sales' },
            },
            { idp_id: 'u2', email: 'gus@acme.test' },
          ],
        },
      ],
      connections: [
        {
          organization: 'Acme',
          name: 'Acme SSO',
          connection_type: 'OktaSAML',
          domains: ['acme.test'],
          profiles: [{ email: 'hal@acme.test', first_name: 'Hal', idp_id: 'h1', groups: ['Ops'] }],
        },
      ],
    });
  });
  await step('list directories', async () => {
    const { data } = await directories.listDirectories({ organizationId: made.acme.id });
    [made.directory] = data;
    same(data.length, 1);
    isId(made.directory.id, 'directory');
    has(made.directory, {
      object: 'directory',
      name: 'Acme Okta',
      domain: 'acme.test',
      state: 'active',
      type: 'okta scim v2.0',
      organizationId: made.acme.id,
    });
  });
  await step('get a directory', async () => {
    same(await directories.getDirectory(made.directory.id), made.directory);
  });
  await step('list the users of a directory', async () => {
    const page = await directories.listUsers({ directory: made.directory.id, order: 'asc' });
    same(page.data.map((user) => user.email), ['fay@acme.test', 'gus@acme.test']);
    [made.fay] = page.data;
    has(made.fay, {
      idpId: 'u1',
      firstName: 'Fay',
      lastName: 'Wray',
      state: 'active',
      customAttributes: { department: 'sales' },
      directoryId: made.directory.id,
    });
    // Deprecated, and empty for teams that were created since May 2026.
    same(made.fay.groups, []);
  });
  await step('get a directory user', async () => {
    same(await directories.getUser(made.fay.id), made.fay);
  });
  await step('list the groups of a directory and of a user', async () => {
    const page = await directories.listGroups({ directory: made.directory.id });
    [made.sales] = page.data;
    has(made.sales, { name: 'Sales', idpId: 'g1', directoryId: made.directory.id });
    same(ids(await directories.listGroups({ user: made.fay.id })), [made.sales.id]);
  });
  await step('get a directory group', async () => {
    same(await directories.getGroup(made.sales.id), made.sales);
  });
  await step('list the users of a directory group', async () => {
    same(ids(await directories.listUsers({ group: made.sales.id })), [made.fay.id]);
  });
  await step('delete a directory', async () => {
    await directories.deleteDirectory(made.directory.id);
    const { data } = await directories.listDirectories({ organizationId: made.acme.id });
    same(
      data.filter((one) => one.state === 'active'),
      [],
    );
  });

  await step('list connections', async () => {
    const page = await sso.listConnections({ organizationId: made.acme.id });
    [made.connection] = page.data;
    isId(made.connection.id, 'conn');
    has(made.connection, {
      object: 'connection',
      name: 'Acme SSO',
      type: 'OktaSAML',
      state: 'active',
      organizationId: made.acme.id,
    });
    same(made.connection.domains.map((one) => one.domain), ['acme.test']);
  });
  await step('list connections by type', async () => {
    const count = async (connectionType) =>
      (await sso.listConnections({ connectionType })).data.length;
    same([await count('OktaSAML'), await count('GoogleSAML')], [1, 0]);
  });
  await step('get a connection', async () => {
    same(await sso.getConnection(made.connection.id), made.connection);
  });
}

async function auditLogs({ auditLogs }) {
  await step('create an audit log schema', async () => {
    const schema = await auditLogs.createSchema({
      action: 'report.viewed',
      targets: [{ type: 'report', metadata: { kind: 'string' } }],
      metadata: { shared: 'boolean' },
    });
    has(schema, { object: 'audit_log_schema', version: 1, metadata: { shared: 'boolean' } });
    same(schema.targets[0].type, 'report');
  });
  await step('list audit log schemas', async () => {
    const { data } = await auditLogs.listSchemas('report.viewed');
    same(data.map((schema) => schema.version), [1]);
  });
  const event = (action) => ({
    action,
    occurredAt: new Date(),
    actor: { id: 'user_1', type: 'user', name: 'Ada' },
    targets: [{ id: 'r1', type: 'report' }],
    context: { location: '203.0.113.7', userAgent: 'Walk' },
  });
  await step('create an audit log event', async () => {
    await auditLogs.createEvent(made.acme.id, event('report.viewed'));
  });
  await step('an audit log event of an unknown action', async () => {
    const unknown = auditLogs.createEvent(made.acme.id, event('report.unknown'));
    const error = await unknown.catch((error) => error);
    same(error.status, 400);
  });
  await step('set and get the retention of audit logs', async () => {
    const id = made.acme.id;
    const updated = await auditLogs.updateOrganizationAuditLogsRetention({
      id,
      retentionPeriod: '1_YEAR',
    });
    same(updated, { retentionPeriodInDays: 365 });
    same(await auditLogs.getOrganizationAuditLogsRetention({ id }), updated);
  });
  await step('export audit logs', async () => {
    const created = await auditLogs.createExport({
      organizationId: made.acme.id,
      rangeStart: new Date(Date.now() - 60_000),
      rangeEnd: new Date(Date.now() + 60_000),
      actions: ['report.viewed'],
    });
    const ready = await auditLogs.getExport(created.id);
    has(ready, { id: created.id, object: 'audit_log_export', state: 'ready' });
    const lines = (await (await fetch(ready.url)).text()).trim().split('\n');
    same([lines.length, lines[1].includes('report.viewed')], [2, true]);
  });
}

async function vault({ vault }) {
  await step('create a vault object', async () => {
    made.secret = await vault.createObject({
      name: 'token',
      value: 's3cret',
      context: { organization: 'acme' },
    });
    same(made.secret.context, { organization: 'acme' });
  });
  await step('read a vault object', async () => {
    const object = await vault.readObject({ id: made.secret.id });
    has(object, { id: made.secret.id, name: 'token', value: 's3cret' });
  });
  await step('read a vault object by its name', async () => {
    same(await vault.readObjectByName('token'), await vault.readObject({ id: made.secret.id }));
  });
  await step('update a vault object', async () => {
    await vault.updateObject({ id: made.secret.id, value: 'n3w' });
    same((await vault.readObject({ id: made.secret.id })).value, 'n3w');
  });
  await step('an update of an old version is refused', async () => {
    const { id, versionId } = made.secret;
    const late = vault.updateObject({ id, value: 'x', versionCheck: versionId });
    const error = await late.catch((error) => error);
    same(error.status, 409);
  });
  await step('describe a vault object', async () => {
    const object = await vault.describeObject({ id: made.secret.id });
    same([object.name, object.value], ['token', undefined]);
  });
  await step('list vault objects', async () => {
    same((await vault.listObjects()).data.map((object) => object.name), ['token']);
  });
  await step('list the versions of a vault object', async () => {
    const versions = await vault.listObjectVersions({ id: made.secret.id });
    same(versions.map((version) => version.currentVersion), [true, false]);
  });
  await step('encrypt and decrypt locally', async () => {
    const sealed = await vault.encrypt('hello', { organization: 'acme' }, 'aad');
    same(await vault.decrypt(sealed, 'aad'), 'hello');
  });
  await step('create and decrypt a data key', async () => {
    const pair = await vault.createDataKey({ context: { organization: 'acme' } });
    has(await vault.decryptDataKey({ keys: pair.encryptedKeys }), pair.dataKey);
  });
  await step('encrypt a data key anew', async () => {
    const pair = await vault.createDataKey({ context: { organization: 'acme' } });
    const again = await vault.createRekey({
      context: { organization: 'beta' },
      encryptedKeys: pair.encryptedKeys,
    });
    same(again.context, { organization: 'beta' });
  });
  await step('delete a vault object', async () => {
    await vault.deleteObject({ id: made.secret.id });
    const gone = await vault.readObject({ id: made.secret.id }).catch((error) => error);
    same(gone.status, 404);
  });
}

async function flags({ featureFlags }, emulator) {
  await step('seed feature flags', async () => {
    await emulator.control('POST', 'seed', {
      featureFlags: [
        { slug: 'new-search', name: 'New search', enabled: true, tags: ['ui'] },
        { slug: 'dark-mode', name: 'Dark mode', enabled: false, default_value: true },
      ],
    });
  });
  await step('list feature flags', async () => {
    const { data } = await featureFlags.listFeatureFlags({ order: 'asc' });
    same(data.map((flag) => flag.slug), ['new-search', 'dark-mode']);
  });
  await step('get a feature flag', async () => {
    has(await featureFlags.getFeatureFlag('new-search'), {
      name: 'New search',
      enabled: true,
      defaultValue: false,
      tags: ['ui'],
    });
  });
  await step('turn a feature flag on and off', async () => {
    has(await featureFlags.enableFeatureFlag('dark-mode'), { enabled: true });
    has(await featureFlags.disableFeatureFlag('dark-mode'), { enabled: false });
  });
  const slugs = async (page) => (await page).data.map((flag) => flag.slug);
  await step('a flag is on for the users that it targets', async () => {
    const userId = made.ada.id;
    await featureFlags.addFlagTarget({ slug: 'new-search', targetId: userId });
    same(await slugs(featureFlags.listUserFeatureFlags({ userId })), ['new-search']);
    await featureFlags.removeFlagTarget({ slug: 'new-search', targetId: userId });
    same(await slugs(featureFlags.listUserFeatureFlags({ userId })), []);
  });
  await step('a flag is on for the organizations that it targets', async () => {
    const organizationId = made.acme.id;
    await featureFlags.addFlagTarget({ slug: 'new-search', targetId: organizationId });
    const on = featureFlags.listOrganizationFeatureFlags({ organizationId });
    same(await slugs(on), ['new-search']);
  });
  await step('flags are evaluated in memory', async () => {
    const client = featureFlags.createRuntimeClient();
    try {
      await client.waitUntilReady({ timeoutMs: 5000 });
      const on = (organizationId) => client.isEnabled('new-search', { organizationId });
      same([on(made.acme.id), on(made.beta.id)], [true, false]);
    } finally {
      client.close();
    }
  });
}

async function apiKeys({ apiKeys, userManagement: users }) {
  await step('create an API key of an organization', async () => {
    made.key = await apiKeys.createOrganizationApiKey({
      organizationId: made.acme.id,
      name: 'CI',
      permissions: ['posts:read'],
    });
    isId(made.key.id, 'api_key');
    has(made.key, {
      object: 'api_key',
      name: 'CI',
      permissions: ['posts:read'],
      owner: { type: 'organization', id: made.acme.id },
      lastUsedAt: null,
    });
  });
  await step('validate an API key', async () => {
    const { apiKey } = await apiKeys.createValidation({ value: made.key.value });
    has(apiKey, { id: made.key.id, name: 'CI' });
    const unknown = await apiKeys.createValidation({ value: 'sk_unknown' });
    same(unknown.apiKey, null);
  });
  await step('list the API keys of an organization', async () => {
    const page = await apiKeys.listOrganizationApiKeys({ organizationId: made.acme.id });
    same(ids(page), [made.key.id]);
  });
  await step('create an API key of a user', async () => {
    const key = await users.createUserApiKey(made.ada.id, {
      name: 'Own',
      organizationId: made.acme.id,
    });
    same(key.owner, { type: 'user', id: made.ada.id, organizationId: made.acme.id });
    same(ids(await users.listUserApiKeys(made.ada.id)), [key.id]);
  });
  await step('delete an API key', async () => {
    await apiKeys.deleteApiKey(made.key.id);
    const { apiKey } = await apiKeys.createValidation({ value: made.key.value });
    same(apiKey, null);
  });
}

async function pipes({ pipes }) {
  await step('create a data integration', async () => {
    const integration = await pipes.createDataIntegration({
      provider: 'github',
      enabled: true,
      scopes: ['repo'],
      credentials: { type: 'custom', clientId: 'Iv1.5b1e', clientSecret: 'ghsecret' },
    });
    has(integration, {
      object: 'data_integration',
      slug: 'github',
      enabled: true,
      scopes: ['repo'],
    });
  });
  await step('get, list and update data integrations', async () => {
    same((await pipes.getDataIntegration({ slug: 'github' })).slug, 'github');
    same((await pipes.listDataIntegrations()).data.map((one) => one.slug), ['github']);
    const updated = await pipes.updateDataIntegration({ slug: 'github', description: 'Code' });
    has(updated, { description: 'Code' });
  });
  const ada = () => ({ userId: made.ada.id, slug: 'github' });
  await step('connect an account', async () => {
    made.account = await pipes.createUserConnectedAccount({
      ...ada(),
      accessToken: 'gho_1',
      scopes: ['repo'],
    });
    has(made.account, {
      object: 'connected_account',
      userId: made.ada.id,
      state: 'connected',
      scopes: ['repo'],
    });
  });
  await step('get a connected account', async () => {
    same(await pipes.getUserConnectedAccount(ada()), made.account);
  });
  await step('get the access token of an account', async () => {
    const token = await pipes.getAccessToken({ provider: 'github', userId: made.ada.id });
    same([token.active, token.accessToken?.accessToken], [true, 'gho_1']);
  });
  await step('list the providers of a user', async () => {
    const { data } = await pipes.listUserDataProviders({ userId: made.ada.id });
    same(data.map((one) => one.slug), ['github']);
  });
  await step('an account can need reauthorization', async () => {
    const updated = await pipes.updateUserConnectedAccount({
      ...ada(),
      state: 'needs_reauthorization',
    });
    same(updated.state, 'needs_reauthorization');
    const token = await pipes.getAccessToken({ provider: 'github', userId: made.ada.id });
    same([token.active, token.error], [false, 'needs_reauthorization']);
  });
  await step('URL to authorize a data integration', async () => {
    const { url } = await pipes.authorizeDataIntegration({
      slug: 'github',
      userId: made.ada.id,
      returnTo: 'http://localhost:3000/pipes',
    });
    same(new URL(url).protocol.startsWith('http'), true);
  });
  await step('disconnect an account', async () => {
    await pipes.deleteUserConnectedAccount(ada());
    await refused(pipes.getUserConnectedAccount(ada()), 404, 'entity_not_found');
  });
  await step('delete a data integration', async () => {
    await pipes.deleteDataIntegration({ slug: 'github' });
    await refused(pipes.getDataIntegration({ slug: 'github' }), 404, 'entity_not_found');
  });
}

async function connect({ connect }, emulator) {
  await step('create an OAuth application', async () => {
    made.oauth = await connect.createOAuthApplication('Reports', true, 'Charts', undefined, [
      { uri: 'http://localhost:3000/callback', default: true },
    ]);
    has(made.oauth, { object: 'connect_application', name: 'Reports', applicationType: 'oauth' });
  });
  await step('create an M2M application', async () => {
    made.m2m = await connect.createM2MApplication('Robot', made.acme.id, null, ['posts:read']);
    has(made.m2m, {
      name: 'Robot',
      applicationType: 'm2m',
      organizationId: made.acme.id,
      scopes: ['posts:read'],
    });
  });
  await step('get an application', async () => {
    same(await connect.getApplication({ id: made.m2m.id }), made.m2m);
  });
  await step('list applications', async () => {
    const page = await connect.listApplications({ organizationId: made.acme.id });
    same(ids(page), [made.m2m.id]);
  });
  await step('update an application', async () => {
    has(await connect.updateApplication({ id: made.oauth.id, name: 'Charts' }), { name: 'Charts' });
  });
  await step('create a client secret', async () => {
    made.clientSecret = await connect.createApplicationClientSecret({ id: made.m2m.id });
    const { secret, secretHint } = made.clientSecret;
    same(secret.endsWith(secretHint.slice(-4)), true);
  });
  await step('list client secrets', async () => {
    const secrets = await connect.listApplicationClientSecrets({ id: made.m2m.id });
    same(secrets.map((one) => one.id), [made.clientSecret.id]);
  });
  const token = (client_secret) =>
    fetch(`${emulator.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: made.m2m.clientId,
        client_secret,
        scope: 'posts:read',
      }),
    });
  await step('get a token of an M2M application', async () => {
    const answer = await (await token(made.clientSecret.secret)).json();
    has(answer, { token_type: 'bearer', expires_in: 3600, scope: 'posts:read' });
    const keys = createRemoteJWKSet(new URL(`${emulator.url}/oauth2/jwks`));
    const { payload } = await jwtVerify(answer.access_token, keys, {
      issuer: emulator.url,
      audience: made.m2m.clientId,
    });
    has(payload, { sub: made.m2m.clientId, org_id: made.acme.id, scope: 'posts:read' });
  });
  await step('delete a client secret', async () => {
    await connect.deleteClientSecret({ id: made.clientSecret.id });
    same((await token(made.clientSecret.secret)).status, 401);
  });
  await step('delete an application', async () => {
    await connect.deleteApplication({ id: made.oauth.id });
    const gone = connect.getApplication({ id: made.oauth.id });
    await refused(gone, 404, 'entity_not_found');
  });
}

async function radar({ radar }) {
  const attempt = (ipAddress) =>
    radar.createAttempt({
      ipAddress,
      userAgent: 'Mozilla/5.0',
      email: 'ada@acme.test',
      authMethod: 'Password',
      action: 'sign-in',
    });
  await step('assess an attempt', async () => {
    const { verdict, attemptId } = await attempt('203.0.113.7');
    same(verdict, 'allow');
    await radar.updateAttempt({ id: attemptId, attemptStatus: 'success' });
  });
  await step('block an address', async () => {
    const entry = { type: 'ip_address', action: 'block', entry: '203.0.113.8' };
    // The API documents 204 without a body for a new entry, and the SDK reads its message.
    await radar.addListEntry(entry).catch((error) => {
      if (!(error instanceof TypeError)) throw error;
    });
    same((await attempt('203.0.113.8')).verdict, 'block');
    await radar.removeListEntry(entry);
    same((await attempt('203.0.113.8')).verdict, 'allow');
  });
}

async function agents({ agents }) {
  await step('create an agent blueprint', async () => {
    made.blueprint = await agents.createBlueprint({
      name: 'Helper',
      sessionSettings: {
        maxAgeSeconds: 86400,
        accessTokenTtlSeconds: 300,
        refreshTokenTtlSeconds: 3600,
      },
    });
    has(made.blueprint, { object: 'agent_blueprint', name: 'Helper' });
  });
  await step('get, list, update and delete an agent blueprint', async () => {
    const { id } = made.blueprint;
    same(await agents.getBlueprint(id), made.blueprint);
    same(ids(await agents.listBlueprints()), [id]);
    has(await agents.updateBlueprint({ agentBlueprintId: id, name: 'Aide' }), { name: 'Aide' });
    await agents.deleteBlueprint(id);
    same(ids(await agents.listBlueprints()), []);
  });
}

async function webhooks({ webhooks, organizations, events }) {
  let arrive;
  const delivered = new Promise((resolve) => (arrive = resolve));
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.end('ok');
      arrive({ payload: Buffer.concat(chunks).toString(), headers: request.headers });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await step('create a webhook endpoint', async () => {
    made.endpoint = await webhooks.createWebhookEndpoint({
      endpointUrl: `http://127.0.0.1:${server.address().port}/hook`,
      events: ['organization.created'],
    });
    has(made.endpoint, {
      object: 'webhook_endpoint',
      status: 'enabled',
      events: ['organization.created'],
    });
  });
  await step('list webhook endpoints', async () => {
    same(ids(await webhooks.listWebhookEndpoints()), [made.endpoint.id]);
  });
  await step('receive a webhook and verify its signature', async () => {
    made.hooked = await organizations.createOrganization({ name: 'Hooked' });
    const late = new Promise((_, reject) => {
      setTimeout(reject, 10_000, new Error('no webhook came')).unref();
    });
    const { payload, headers } = await Promise.race([delivered, late]);
    const sigHeader = headers['workos-signature'];
    const { secret } = made.endpoint;
    const event = await webhooks.constructEvent({ payload, sigHeader, secret });
    has(event, { event: 'organization.created' });
    has(event.data, { id: made.hooked.id, name: 'Hooked' });
    const forged = webhooks.constructEvent({ payload, sigHeader, secret: 'another' });
    const error = await forged.catch((error) => error);
    same(error.constructor.name, 'SignatureVerificationException');
  });
  await step('update a webhook endpoint', async () => {
    const updated = await webhooks.updateWebhookEndpoint({
      id: made.endpoint.id,
      status: 'disabled',
      events: ['user.created', 'user.deleted'],
    });
    has(updated, { status: 'disabled', events: ['user.created', 'user.deleted'] });
  });
  await step('delete a webhook endpoint', async () => {
    await webhooks.deleteWebhookEndpoint({ id: made.endpoint.id });
    same(ids(await webhooks.listWebhookEndpoints()), []);
  });
  server.close();

  await step('list events', async () => {
    const page = await events.listEvents({ events: ['organization.created'], order: 'desc' });
    has(page.data[0], { event: 'organization.created' });
    same(page.data[0].data.name, 'Hooked');
  });
  await step('list events of an organization', async () => {
    const page = await events.listEvents({
      events: ['organization_membership.created', 'group.created'],
      organizationId: made.acme.id,
      limit: 2,
    });
    same(page.data.map((one) => one.data.organizationId), [made.acme.id, made.acme.id]);
  });
  await step('list the events after another', async () => {
    const all = await events.listEvents({ events: ['user.created'] });
    const rest = await events.listEvents({ events: ['user.created'], after: all.data[0].id });
    same(ids(rest), ids(all).slice(1));
  });
}

async function links({ adminPortal, widgets }) {
  for (const intent of ['sso', 'dsync', 'audit_logs', 'domain_verification']) {
    await step(`link to the Admin Portal for ${intent}`, async () => {
      const { link } = await adminPortal.generateLink({
        organization: made.acme.id,
        intent,
        returnUrl: 'http://localhost:3000/settings',
      });
      same(typeof new URL(link).search, 'string');
    });
  }
  await step('token for widgets', async () => {
    const { token } = await widgets.createToken({
      organizationId: made.acme.id,
      userId: made.ada.id,
    });
    same(token.split('.').length, 3);
  });
}
