// Organizations, domains, users, memberships, groups, invitations.

import { has, ids, isId, made, refused, same, step } from './steps.mjs';

export async function organizations(workos) {
  const { organizations, organizationDomains: domains, userManagement: users, groups } = workos;

  await step('create an organization', async () => {
    made.acme = await organizations.createOrganization({
      name: 'Acme',
      domainData: [{ domain: 'acme.test', state: 'verified' }],
      externalId: 'ext_acme',
      metadata: { tier: 'gold' },
    });
    isId(made.acme.id, 'org');
    has(made.acme, {
      object: 'organization',
      name: 'Acme',
      externalId: 'ext_acme',
      metadata: { tier: 'gold' },
    });
    has(made.acme.domains[0], { domain: 'acme.test', state: 'verified' });
  });
  await step('an organization says whether profiles outside of it are allowed', async () => {
    const { allowProfilesOutsideOrganization } = await organizations.getOrganization(made.acme.id);
    same(allowProfilesOutsideOrganization, false);
  });
  await step('create another organization', async () => {
    made.beta = await organizations.createOrganization({ name: 'Beta' });
    has(made.beta, { name: 'Beta', domains: [], externalId: null, metadata: {} });
  });
  await step('get an organization', async () => {
    same(await organizations.getOrganization(made.acme.id), made.acme);
  });
  await step('get an organization by its external ID', async () => {
    same(await organizations.getOrganizationByExternalId('ext_acme'), made.acme);
  });
  await step('an external ID belongs to one organization', async () => {
    const again = organizations.createOrganization({ name: 'Copy', externalId: 'ext_acme' });
    await refused(again, 400, 'external_id_already_used');
  });
  await step('list organizations, newest first', async () => {
    same(ids(await organizations.listOrganizations()), [made.beta.id, made.acme.id]);
  });
  await step('list organizations by domain', async () => {
    same(ids(await organizations.listOrganizations({ domains: ['acme.test'] })), [made.acme.id]);
  });
  await step('list organizations page by page', async () => {
    const first = await organizations.listOrganizations({ limit: 1, order: 'asc' });
    same([ids(first), first.listMetadata.after], [[made.acme.id], made.acme.id]);
    const next = await organizations.listOrganizations({
      limit: 1,
      order: 'asc',
      after: first.listMetadata.after,
    });
    same([ids(next), next.listMetadata.after], [[made.beta.id], null]);
  });
  await step('list all pages of organizations', async () => {
    const all = await (await organizations.listOrganizations()).autoPagination();
    same(all.map((one) => one.name), ['Beta', 'Acme']);
  });
  await step('update an organization', async () => {
    const updated = await organizations.updateOrganization({
      organization: made.beta.id,
      name: 'Beta Ltd',
      stripeCustomerId: 'cus_1',
      metadata: { region: 'eu' },
    });
    has(updated, { name: 'Beta Ltd', stripeCustomerId: 'cus_1', metadata: { region: 'eu' } });
  });
  await step('an organization that does not exist', async () => {
    await refused(organizations.getOrganization('org_none'), 404, 'entity_not_found');
  });
  await step('a repeated request with one idempotency key creates once', async () => {
    const create = () =>
      organizations.createOrganization({ name: 'Once' }, { idempotencyKey: 'key-once' });
    const [first, second] = [await create(), await create()];
    same(second, first);
    await organizations.deleteOrganization(first.id);
  });
  await step('delete an organization', async () => {
    const { id } = await organizations.createOrganization({ name: 'Short-lived' });
    await organizations.deleteOrganization(id);
    await refused(organizations.getOrganization(id), 404, 'entity_not_found');
  });
  await step('create an IT contact', async () => {
    made.contact = await organizations.createItContact({
      organizationId: made.acme.id,
      email: 'it@acme.test',
    });
    has(made.contact, { object: 'it_contact', email: 'it@acme.test' });
  });
  await step('list IT contacts', async () => {
    same(ids(await organizations.listItContacts({ organizationId: made.acme.id })), [
      made.contact.id,
    ]);
  });
  await step('invite an IT contact and revoke it', async () => {
    const contact = { organizationId: made.acme.id, contactId: made.contact.id };
    await organizations.inviteItContact({ ...contact, intents: ['sso'] });
    await organizations.revokeItContact(contact);
  });
  await step('delete an IT contact', async () => {
    const contact = { organizationId: made.acme.id, contactId: made.contact.id };
    await organizations.deleteItContact(contact);
    same(ids(await organizations.listItContacts({ organizationId: made.acme.id })), []);
  });

  await step('create a domain', async () => {
    made.domain = await domains.createOrganizationDomain({
      organizationId: made.beta.id,
      domain: 'beta.test',
    });
    isId(made.domain.id, 'org_domain');
    has(made.domain, { domain: 'beta.test', organizationId: made.beta.id, state: 'pending' });
  });
  await step('get a domain', async () => {
    same(await domains.getOrganizationDomain(made.domain.id), made.domain);
  });
  await step('verify a domain', async () => {
    has(await domains.verifyOrganizationDomain(made.domain.id), { state: 'verified' });
  });
  await step('delete a domain', async () => {
    await domains.deleteOrganizationDomain(made.domain.id);
    await refused(domains.getOrganizationDomain(made.domain.id), 404, 'entity_not_found');
  });

  await step('create a user', async () => {
    made.ada = await users.createUser({
      email: 'ada@acme.test',
      password: 'correct horse battery',
      firstName: 'Ada',
      lastName: 'Lovelace',
      emailVerified: true,
      externalId: 'ext_ada',
      metadata: { team: 'engines' },
    });
    isId(made.ada.id, 'user');
    has(made.ada, {
      object: 'user',
      email: 'ada@acme.test',
      firstName: 'Ada',
      lastName: 'Lovelace',
      emailVerified: true,
      externalId: 'ext_ada',
      metadata: { team: 'engines' },
      lastSignInAt: null,
      profilePictureUrl: null,
    });
  });
  await step('create another user', async () => {
    made.bob = await users.createUser({ email: 'bob@beta.test', firstName: 'Bob' });
    has(made.bob, { email: 'bob@beta.test', emailVerified: false, lastName: null });
  });
  await step('create a user with a hashed password', async () => {
    // bcrypt of "letmein-letmein", 4 rounds.
    made.cleo = await users.createUser({
      email: 'cleo@acme.test',
      emailVerified: true,
      passwordHash: '$2b$04$z4As1wY119wFIL3dA4PCPezeR3xDbFzLzxVv3sPlLSXWpUHf2.SxS',
      passwordHashType: 'bcrypt',
    });
    has(made.cleo, { email: 'cleo@acme.test' });
  });
  await step('an email address belongs to one user', async () => {
    const error = await users.createUser({ email: 'ADA@acme.test' }).catch((error) => error);
    same([error.status, error.errors?.[0]?.code ?? error.code], [400, 'email_not_available']);
  });
  await step('get a user', async () => {
    same(await users.getUser(made.ada.id), made.ada);
  });
  await step('get a user by its external ID', async () => {
    same(await users.getUserByExternalId('ext_ada'), made.ada);
  });
  await step('list users by email address', async () => {
    same(ids(await users.listUsers({ email: 'bob@beta.test' })), [made.bob.id]);
  });
  await step('list users', async () => {
    same(ids(await users.listUsers({ order: 'asc' })), [made.ada.id, made.bob.id, made.cleo.id]);
  });
  await step('update a user', async () => {
    const updated = await users.updateUser({
      userId: made.bob.id,
      lastName: 'Builder',
      locale: 'en-GB',
      metadata: { team: 'sites' },
    });
    has(updated, { lastName: 'Builder', locale: 'en-GB', metadata: { team: 'sites' } });
  });
  await step('clear a metadata key of a user', async () => {
    const updated = await users.updateUser({ userId: made.bob.id, metadata: { team: null } });
    same(updated.metadata, {});
  });
  await step('identities of a user', async () => {
    same(await users.getUserIdentities(made.ada.id), []);
  });
  await step('delete a user', async () => {
    const { id } = await users.createUser({ email: 'gone@acme.test' });
    await users.deleteUser(id);
    await refused(users.getUser(id), 404, 'entity_not_found');
  });

  await step('create a membership', async () => {
    made.membership = await users.createOrganizationMembership({
      userId: made.ada.id,
      organizationId: made.acme.id,
    });
    isId(made.membership.id, 'om');
    has(made.membership, {
      object: 'organization_membership',
      userId: made.ada.id,
      organizationId: made.acme.id,
      organizationName: 'Acme',
      status: 'active',
      role: { slug: 'member' },
    });
  });
  await step('create a membership with a role', async () => {
    const membership = await users.createOrganizationMembership({
      userId: made.bob.id,
      organizationId: made.acme.id,
      roleSlug: 'admin',
    });
    made.bobs = membership;
    same(membership.role, { slug: 'admin' });
  });
  await step('get a membership', async () => {
    same(await users.getOrganizationMembership(made.membership.id), made.membership);
  });
  await step('a user is a member once', async () => {
    const again = await users.createOrganizationMembership({
      userId: made.ada.id,
      organizationId: made.acme.id,
    });
    same(again.id, made.membership.id);
  });
  await step('list memberships of a user', async () => {
    const page = await users.listOrganizationMemberships({ userId: made.ada.id });
    same(ids(page), [made.membership.id]);
  });
  await step('list memberships of an organization by status', async () => {
    const page = (statuses) =>
      users.listOrganizationMemberships({ organizationId: made.acme.id, statuses, order: 'asc' });
    same(ids(await page(['active'])), [made.membership.id, made.bobs.id]);
    same(ids(await page(['inactive', 'pending'])), []);
  });
  await step('change the role of a membership', async () => {
    const updated = await users.updateOrganizationMembership(made.bobs.id, { roleSlug: 'member' });
    same(updated.role, { slug: 'member' });
  });
  await step('deactivate a membership', async () => {
    has(await users.deactivateOrganizationMembership(made.bobs.id), { status: 'inactive' });
  });
  await step('reactivate a membership', async () => {
    has(await users.reactivateOrganizationMembership(made.bobs.id), { status: 'active' });
  });
  await step('list users of an organization', async () => {
    const page = await users.listUsers({ organizationId: made.acme.id, order: 'asc' });
    same(ids(page), [made.ada.id, made.bob.id]);
  });

  await step('create a group', async () => {
    made.group = await groups.createGroup({
      organizationId: made.acme.id,
      name: 'Engineers',
      description: 'They build',
    });
    isId(made.group.id, 'group');
    has(made.group, { name: 'Engineers', description: 'They build', organizationId: made.acme.id });
  });
  await step('get a group', async () => {
    const group = { organizationId: made.acme.id, groupId: made.group.id };
    same(await groups.getGroup(group), made.group);
  });
  await step('update a group', async () => {
    const updated = await groups.updateGroup({
      organizationId: made.acme.id,
      groupId: made.group.id,
      name: 'Builders',
      description: null,
    });
    has(updated, { name: 'Builders', description: null });
  });
  await step('list groups', async () => {
    same(ids(await groups.listGroups({ organizationId: made.acme.id })), [made.group.id]);
  });
  await step('add a membership to a group', async () => {
    const group = await groups.addOrganizationMembership({
      organizationId: made.acme.id,
      groupId: made.group.id,
      organizationMembershipId: made.membership.id,
    });
    same(group.id, made.group.id);
  });
  await step('list the memberships of a group', async () => {
    const group = { organizationId: made.acme.id, groupId: made.group.id };
    same(ids(await groups.listOrganizationMemberships(group)), [made.membership.id]);
  });
  await step('list the groups of a membership', async () => {
    const page = await users.listGroupsForOrganizationMembership({
      organizationMembershipId: made.membership.id,
    });
    same(ids(page), [made.group.id]);
  });
  await step('remove a membership from a group', async () => {
    const group = { organizationId: made.acme.id, groupId: made.group.id };
    await groups.removeOrganizationMembership({
      ...group,
      organizationMembershipId: made.membership.id,
    });
    same(ids(await groups.listOrganizationMemberships(group)), []);
  });
  await step('delete a group', async () => {
    const { id } = await groups.createGroup({ organizationId: made.acme.id, name: 'Gone' });
    const group = { organizationId: made.acme.id, groupId: id };
    await groups.deleteGroup(group);
    await refused(groups.getGroup(group), 404, 'entity_not_found');
  });
  await step('delete a membership', async () => {
    await users.deleteOrganizationMembership(made.bobs.id);
    await refused(users.getOrganizationMembership(made.bobs.id), 404, 'entity_not_found');
  });

  await step('send an invitation', async () => {
    made.invitation = await users.sendInvitation({
      email: 'dan@acme.test',
      organizationId: made.acme.id,
      expiresInDays: 3,
      inviterUserId: made.ada.id,
      roleSlug: 'admin',
    });
    isId(made.invitation.id, 'invitation');
    has(made.invitation, {
      email: 'dan@acme.test',
      state: 'pending',
      organizationId: made.acme.id,
      inviterUserId: made.ada.id,
      roleSlug: 'admin',
      acceptedAt: null,
      revokedAt: null,
      acceptedUserId: null,
    });
  });
  await step('get an invitation', async () => {
    same(await users.getInvitation(made.invitation.id), made.invitation);
  });
  await step('find an invitation by its token', async () => {
    same(await users.findInvitationByToken(made.invitation.token), made.invitation);
  });
  await step('list invitations', async () => {
    same(ids(await users.listInvitations({ email: 'dan@acme.test' })), [made.invitation.id]);
  });
  await step('resend an invitation', async () => {
    const resent = await users.resendInvitation(made.invitation.id);
    has(resent, { id: made.invitation.id, state: 'pending' });
  });
  await step('accept an invitation', async () => {
    const accepted = await users.acceptInvitation(made.invitation.id);
    const [dan] = (await users.listUsers({ email: 'dan@acme.test' })).data;
    has(accepted, { state: 'accepted', acceptedUserId: dan.id });
    const { data } = await users.listOrganizationMemberships({ userId: dan.id });
    same([data[0].organizationId, data[0].role], [made.acme.id, { slug: 'admin' }]);
  });
  await step('revoke an invitation', async () => {
    const { id } = await users.sendInvitation({ email: 'eve@acme.test' });
    has(await users.revokeInvitation(id), { state: 'revoked' });
  });
}
