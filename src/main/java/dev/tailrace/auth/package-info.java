/**
 * Authentication and authorisation: {@link Gate} identifies the caller of each request by its key, token, ticket, cookie or certificate,
 * and compares its grants with the route. Keys, logins, tickets and revocations are made and stored here.
 */
@NullMarked
package dev.tailrace.auth;

import org.jspecify.annotations.NullMarked;
