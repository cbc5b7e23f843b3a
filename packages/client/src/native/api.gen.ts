// Written by `npm run docs` from the OpenAPI document of the server. Not to be edited.

import type { Word } from '../words.ts'

export interface paths {
    "/v2/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description A caller that sees only its own keys gets those.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description The answer has the secret, which is shown only here and is not stored.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the key that is the credential
         * @description Works for a key of any access, also one that is disabled, expired, not valid yet or out of budget, and tells why that key is refused. It takes nothing from rate limits and budgets and does not count as a use. A revoked key is unknown, as everywhere.
         */
        get: operations["getOwnKey"];
        put?: never;
        post?: never;
        /**
         * Revoke the key that is the credential
         * @description Works for a key of any access. When the call answers, no node accepts the key any more, so a repeated call is 401. The last key that can manage everything cannot be revoked (409).
         */
        delete: operations["revokeOwnKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import keys
         * @description Imports keys of other systems; their secrets go on working. Each key passes the checks of a new key and is written separately: a failure is the result of that key alone. A malformed call is refused as a whole. A secret that a live key has already stays with that key, so a call may be sent again.
         */
        post: operations["importKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke many keys
         * @description Revokes the named keys, or those that a filter finds. Each key is checked and revoked separately: a failure is the result of that key alone. When the call answers, no node accepts the revoked keys.
         */
        post: operations["revokeKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count keys at risk
         * @description Counts the keys that are not revoked. A caller that sees only its own keys gets the counts of those.
         */
        get: operations["getKeyHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a key */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description When the call answers, no node accepts the key any more. A repeated call gets the same answer.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description A JSON merge patch (RFC 7396): absent members keep what is there, null clears. Labels and limits merge entry by entry; lists are replaced whole.
         */
        patch: operations["updateKey"];
        trace?: never;
    };
    "/v2/keys/{ref}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description Id, hash, limits and history do not change. The old secrets work until the overlap ends or the key expires.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/{ref}/secrets/previous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the overlap of a rotation
         * @description When the call answers, only the current secret works.
         */
        delete: operations["endOverlap"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/{ref}/boosts/{window}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Raise a limit for a time
         * @description Raises one limit of the key until a given time, in place of an earlier boost of that window. The spending stays as it is; no call resets it.
         */
        put: operations["setBoost"];
        post?: never;
        /**
         * End a boost
         * @description When the call answers, the limit no longer includes the boost. Without a boost it changes nothing.
         */
        delete: operations["endBoost"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/{ref}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the thresholds of limits that a key has crossed
         * @description Settled usage that reached 50, 80 or 100 % of a limit: once per window and threshold, newest first, at most 100.
         */
        get: operations["listKeyThresholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/keys/{ref}/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the verdicts of one key
         * @description The number of verdicts of each code by hour or day, with or without a charge; the reasons of refusals; the uses of each secret. The counts lag by a few seconds, and a crash loses the last ones. Kept for 14 days.
         */
        get: operations["getKeyVerifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the verdicts of all keys
         * @description The number of verdicts of each code by hour or day, for all keys together and for unknown secrets, and the keys with the most refusals. A caller that sees only its own keys gets the numbers of those. The counts lag by a few seconds.
         */
        get: operations["getVerifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide whether a key may be used now
         * @description Always 200; `valid` and `code` are the decision. A refusal takes nothing. With charge or reserve the answer comes when the money is taken on disk. A caller with the role USER sees only its own keys, and can neither charge nor reserve.
         */
        post: operations["verifyKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/authorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Decide for a gateway whether a request may pass (forward-auth)
         * @description Answers for every method and for every path below this one. The credential is that of the client of the protected service; the gateway needs none. Demands of several places add up, so that a client cannot lower them. The body is not read. Every answer has all `X-Auth-*` identity headers, empty on a refusal; characters other than visible ASCII are percent-encoded in them, and so are `%`, `,` and `=`.
         */
        get: operations["authorize"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List reservations
         * @description Newest first. A caller with the role USER sees those of its own keys.
         */
        get: operations["listReservations"];
        put?: never;
        /**
         * Reserve money of a key
         * @description The answer comes when the reservation is on disk. Every limit of the key, its owner and its workspace must have room for it. Settle it with the real cost, or release it.
         */
        post: operations["createReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/reservations/{reservationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a reservation */
        get: operations["getReservation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/reservations/{reservationId}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a reservation
         * @description For work that takes longer or costs more than expected. Afterwards the reservation lasts at least that long from now and holds at least that much, so a repeated call changes nothing. The added amount needs room in every limit, in the windows of the reserve. A reservation lasts at most 31 days in all; one that has ended is 409.
         */
        post: operations["extendReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/reservations/{reservationId}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settle a reservation with its real cost
         * @description The answer comes when the cost is on disk. The cost counts in the windows of the reserve, even beyond a limit and after the reservation has expired. A repeated call gets the same answer; another cost or meta, or a released reservation, is 409.
         */
        post: operations["settleReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/reservations/{reservationId}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Release a reservation
         * @description Takes no body. A repeated call gets the same answer; an expired reservation stays `expired`, and a settled one is 409.
         */
        post: operations["releaseReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report usage sums
         * @description By whole intervals, oldest first, those without usage left out; to the nano-dollar what the events add up to. It covers at most 400 days by hour and 3660 by day, week or month; more than 10000 rows are refused, and more than 250000 stored sums to add up. With `Accept: text/csv` it answers a table for spreadsheets; a text in it that begins like a formula has an apostrophe before it. A caller with the role USER sees its own keys.
         */
        get: operations["summariseUsage"];
        put?: never;
        /**
         * Report usage
         * @description The answer comes when all events are on disk. Events count even beyond a limit, because the money is already spent. A refused call has recorded nothing; a call that fails otherwise may have recorded some events, above all with the code partly_done. Send it again with the same ids: recorded events are duplicates and change nothing.
         */
        post: operations["reportUsage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/usage/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Correct usage that was recorded by mistake
         * @description Subtracts all or part of one event, in the windows of that event, and never more than its rest. It needs the role ADMIN or ROOT, is recorded in the audit log, and has a line of its own in reports. Events can be corrected as long as they are kept.
         */
        post: operations["correctUsage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the thresholds of limits that any record has crossed
         * @description Lists when settled usage of a key, a user or a workspace reached 50, 80 or 100 % of a limit: once per window and threshold, oldest first. For alerts, ask again from a few seconds before the last `at`, because an entry may appear a moment later with an earlier `at`, and skip the entries that you have. A USER sees its own crossings and those of its keys.
         */
        get: operations["listAllThresholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/usage/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one usage event
         * @description The list is empty when this key has no event with this id, or when the event was deleted (its sums stay). A settlement has the id `reservation:` followed by the id of its reservation. A caller with the role USER sees the events of its own keys.
         */
        get: operations["findUsageEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description Newest first.
         */
        get: operations["listUsers"];
        put?: never;
        /** Add a user */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a user */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description Possible only when all its keys are revoked.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description A JSON merge patch. When disabling a user has answered, none of its keys works any more.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/v2/users/{id}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the thresholds of limits that a user has crossed
         * @description Settled usage that reached 50, 80 or 100 % of a limit: once per window and threshold, newest first, at most 100.
         */
        get: operations["listUserThresholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/users/{id}/impact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell what disabling a user would stop
         * @description The keys of the user that work now. All of them stop when the user is disabled, unless they are handed over to another user before.
         */
        get: operations["getImpact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/users/{id}/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over the keys of a user
         * @description Gives every key of the user that is not revoked to another user, as PATCH of a key with `ownerId` does. Each key is checked and changed separately: a failure is the result of that key alone. When the call answers, every node acts by it. Safe to repeat.
         */
        post: operations["handOver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List workspaces
         * @description Newest first.
         */
        get: operations["listWorkspaces"];
        put?: never;
        /** Add a workspace */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/workspaces/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a workspace */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        /**
         * Delete a workspace
         * @description Possible only when all its keys are revoked, and never for the default workspace.
         */
        delete: operations["deleteWorkspace"];
        options?: never;
        head?: never;
        /**
         * Change a workspace
         * @description A JSON merge patch.
         */
        patch: operations["updateWorkspace"];
        trace?: never;
    };
    "/v2/workspaces/{ref}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the thresholds of limits that a workspace has crossed
         * @description Settled usage that reached 50, 80 or 100 % of a limit: once per window and threshold, newest first, at most 100.
         */
        get: operations["listWorkspaceThresholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/workspaces/{ref}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the members of a workspace
         * @description The latest members come first. A caller with the role USER sees the members of workspaces of which it is a member, and only itself in the default workspace. ADMIN and ROOT see every workspace without being members.
         */
        get: operations["listMembers"];
        put?: never;
        /**
         * Add a member to a workspace
         * @description From now on the user sees the workspace and may create keys in it. Adding an existing member answers 200, and changes nothing but a `standing` that is named. Everybody is a member of the default workspace.
         */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/workspaces/{ref}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member from a workspace
         * @description When the call answers, the user can no longer see the workspace, its keys and their usage, or create keys there. The keys that it owns there go on working: `GET /v2/keys` with `workspaceId` and `ownerId` lists them. Nobody can be removed from the default workspace.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log
         * @description Changes and denied attempts, with caller, action and record, newest first. Never a secret.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the changes of keys, users and workspaces
         * @description Server-sent events: `change` for each change, on whichever node it was made, in the order of revisions and without gaps; `tick` at least every 250 ms while the server can reach its database; `snapshot` where what lies between is not known, after which nothing that was remembered counts; `end` with the reason before the server closes. Each has its revision as `id`, so that a connection that breaks is taken up again.
         */
        get: operations["followChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddMember: {
            /**
             * Format: uuid
             * @description The user to add.
             */
            userId: string;
            /**
             * @description A `manager` also makes, changes, rotates and revokes the keys of the other members here, and sees their usage. `member` when absent; a member that is one already then stays what it is.
             * @enum {string}
             */
            standing?: "member" | "manager" | Word | undefined;
        };
        AuditEntry: {
            /**
             * Format: uuid
             * @description The id of the entry.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the act; for equal denials, the first of them.
             * @example 2026-11-22T12:00:00.000Z
             */
            at: string;
            /** @description The number of equal denials within one hour: same key, action, target and reason. 1 for an act that was done. */
            count: number;
            /**
             * Format: date-time
             * @description The time of the last of them.
             * @example 2026-11-22T12:00:00.000Z
             */
            lastAt: string;
            /**
             * @description The act, such as `key.create`.
             * @example key.update
             */
            action: string;
            /**
             * @description Whether it was done, or denied.
             * @enum {string}
             */
            outcome: "done" | "denied" | Word;
            /** @description The record that it was about. */
            target: {
                /**
                 * @description The kind of the record.
                 * @enum {string}
                 */
                kind: "key" | "user" | "workspace" | "system" | Word;
                /** @description The id of the record; null when it was about none. */
                id: string | null;
            };
            /** @description The owner of the credential; nulls for the acts of the server itself at its first start. */
            actor: {
                /**
                 * Format: uuid
                 * @description The id of the user who called.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                userId: string | null;
                /**
                 * Format: uuid
                 * @description The id of the key that was the credential.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                keyId: string | null;
            };
            /**
             * @description The changed members, before the change.
             * @example {
             *       "disabled": false
             *     }
             */
            before: {
                [key: string]: unknown;
            } | null;
            /**
             * @description The changed members, after the change.
             * @example {
             *       "disabled": true
             *     }
             */
            after: {
                [key: string]: unknown;
            } | null;
            /** @description The given reason, or the reason of the denial. */
            reason: string | null;
            /** @description The id of the request, from `X-Request-Id` of its answer. */
            requestId: string | null;
            /** @description The address of the client; null when unknown. */
            ip: string | null;
            /** @description Null for denied attempts. */
            revision: number | null;
        };
        AuditPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["AuditEntry"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        Boost: {
            /**
             * @description The amount added to the limit until then. USD as a decimal text.
             * @example 74.5
             */
            amount: string;
            /**
             * Format: date-time
             * @description First instant at which it no longer counts.
             * @example 2026-11-22T12:00:00.000Z
             */
            until: string;
        };
        /** @description Boosts that raise limits for a time; ended boosts are left out. */
        Boosts: {
            /** @description The boost of the daily limit. */
            daily?: components["schemas"]["Boost"] | undefined;
            /** @description The boost of the weekly limit. */
            weekly?: components["schemas"]["Boost"] | undefined;
            /** @description The boost of the monthly limit. */
            monthly?: components["schemas"]["Boost"] | undefined;
            /** @description The boost of the limit of all time. */
            total?: components["schemas"]["Boost"] | undefined;
        };
        Budget: {
            /**
             * @description The window in which the amount counts: a UTC day, a UTC week from Monday, a UTC month, or all time.
             * @enum {string}
             */
            window: "daily" | "weekly" | "monthly" | "total" | Word;
            /**
             * @description The limit in force, with a boost while that lasts.
             * @example 74.5
             */
            limit: string;
            /**
             * @description Settled usage that counts against the limit.
             * @example 74.5
             */
            spent: string;
            /**
             * @description The sum of open reservations.
             * @example 0
             */
            reserved: string;
            /**
             * @description limit - spent - reserved, never below 0.
             * @example 74.5
             */
            remaining: string;
            /**
             * Format: date-time
             * @description Null for `total`, which never resets.
             * @example 2026-11-22T12:00:00.000Z
             */
            resetsAt: string | null;
        };
        BudgetProblem: {
            /**
             * @description A URI for each code.
             * @enum {string}
             */
            type: "urn:latchkey:refusal:BUDGET_EXCEEDED";
            /**
             * @description The meaning of the code.
             * @enum {string}
             */
            title: "A limit has no room for the amount.";
            /**
             * @description The HTTP status.
             * @enum {number}
             */
            status: 402;
            /**
             * @description Which limit had no room, for people.
             * @example The daily limit of the key has 5 USD left.
             */
            detail: string;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "BUDGET_EXCEEDED";
            /**
             * @description Also in the header X-Request-Id.
             * @example req-4711
             */
            requestId: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /** @description The limit that had no room: of several the one that opens last. */
            bound: components["schemas"]["ScopedBudget"];
            /** @description Where all limits of the key, its owner and its workspace stand. */
            budget: components["schemas"]["ScopedBudget"][];
            /**
             * @description Present when the same call never passes however long it waits: it asks for more than a limit, no window ends, or the key expires before.
             * @enum {boolean}
             */
            neverFits?: true | undefined;
        };
        Caller: {
            /**
             * Format: uuid
             * @description The present owner of that key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            userId: string;
            /**
             * Format: uuid
             * @description The key that was the credential.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
        };
        CorrectUsage: {
            /**
             * @description Your own id for it, unique per key: a repeated call corrects nothing more.
             * @example refund-17
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             */
            keyId: string;
            /**
             * @description The event: the id of a reported event, the requestId of a charge, or `reservation:<id>` for the settlement of a reservation.
             * @example call-4711
             */
            eventId: string;
            /**
             * @description The amount to subtract. Without this and byokAmount: the whole rest of the event.
             * @example 3.1
             */
            amount?: string | number | null | undefined;
            /**
             * @description The same for usage that was paid elsewhere.
             * @example 74.5
             */
            byokAmount?: string | number | null | undefined;
            /**
             * @description The reason, for people: it stands in the audit log.
             * @example reported in the wrong unit
             */
            reason: string;
        };
        /** @description Without a limit of their own: `GET /v2/keys?unlimited=true`. */
        CountedKeys: {
            /**
             * @description At most 1000.
             * @example 12
             */
            count: number;
            /** @description True when the real number is higher than the count. */
            isMore: boolean;
        };
        CreateKey: {
            /**
             * Format: uuid
             * @description Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.
             */
            id?: string | null | undefined;
            /** @description The name of the key for people, at most 255 characters. It need not be unique. Empty when absent. */
            name?: string | null | undefined;
            /**
             * @description `use` when absent.
             * @enum {string|null}
             */
            access?: "use" | "manage" | "full" | Word | null | undefined;
            /** @description True switches the key off until it is set to false again. False when absent. */
            disabled?: boolean | null | undefined;
            /**
             * Format: uuid
             * @description The caller when absent.
             */
            ownerId?: string | null | undefined;
            /** @description The id of a workspace, or its slug. The default one when absent. */
            workspaceId?: string | undefined;
            /** @description Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique. */
            externalUserId?: string | null | undefined;
            /**
             * @description At most 20.
             * @example {
             *       "env": "production"
             *     }
             */
            labels?: {
                [key: string]: string;
            } | null | undefined;
            /**
             * @description The permissions that the key has, such as `documents.read`. A segment may be `*` at the end: `documents.*` includes all below `documents`. None when absent.
             * @example [
             *       "documents.read"
             *     ]
             */
            permissions?: string[] | null | undefined;
            /**
             * @description The most that the key may spend in each window, in USD; a window without a limit has no cap.
             * @example {
             *       "daily": "74.5"
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. False when absent. */
            includeByokInLimit?: boolean | null | undefined;
            /**
             * @description How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. None when absent.
             * @example [
             *       {
             *         "name": "requests",
             *         "limit": 100,
             *         "window": "1m"
             *       }
             *     ]
             */
            rateLimits?: {
                /** @description The name of the rate limit, unique within the key. */
                name: string;
                /** @description The number of units in a window. */
                limit: number;
                /**
                 * @description The length of the window, from `1s` on.
                 * @example 24h
                 */
                window: string;
            }[] | null | undefined;
            /**
             * @description IP addresses and CIDR blocks from which the key may be used, such as `203.0.113.0/24`; an empty list allows all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedIps?: string[] | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key is valid; valid at once when there is none.
             */
            notBefore?: string | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key no longer works; it never expires when there is none.
             */
            expiresAt?: string | null | undefined;
        };
        /**
         * @example {
         *       "keyId": "019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e",
         *       "amount": "0.25",
         *       "ttlSeconds": 600,
         *       "requestId": "call-4711"
         *     }
         */
        CreateReservation: {
            /**
             * Format: uuid
             * @description The id of the key to hold it for; or name the key by its secret, in `key`.
             */
            keyId?: string | null | undefined;
            /** @description Instead of keyId: the text that the client sent. */
            key?: string | null | undefined;
            /**
             * @description The amount to hold, in USD, more than 0.
             * @example 74.5
             */
            amount: string | number;
            /** @description How long it holds, unless it is settled or released; 600 when absent. */
            ttlSeconds?: number | null | undefined;
            /**
             * @description The end of a reservation that nobody settles or releases in time: `release`, which is meant when absent, charges nothing; `settle` charges all of it.
             * @enum {string|null}
             */
            onExpiry?: "release" | "settle" | Word | null | undefined;
            /**
             * @description Makes the call safe to repeat: the same id for the same key gets the first reservation.
             * @example call-4711
             */
            requestId?: string | null | undefined;
        };
        CreateUser: {
            /**
             * Format: uuid
             * @description A UUID that you choose; generated when absent.
             */
            id?: string | null | undefined;
            /**
             * @description The unique name of the user, one word; letter case does not count.
             * @example ada
             */
            username: string;
            /**
             * Format: email
             * @description The e-mail address; none when absent or null.
             * @example ada@example.com
             */
            email?: string | null | undefined;
            /**
             * @description The name of the user for people.
             * @example Ada Lovelace
             */
            displayName: string;
            /** @description Your own id of the user; lists find users by it. None when absent. */
            externalId?: string | null | undefined;
            /**
             * @description `USER` when absent.
             * @enum {string|null}
             */
            role?: "ROOT" | "ADMIN" | "USER" | "SERVICE" | Word | null | undefined;
            /** @description True disables all keys of the user until it is set to false. False when absent. */
            disabled?: boolean | null | undefined;
            /**
             * @description Caps on the spending of all its keys together.
             * @example {
             *       "monthly": "500"
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. False when absent. */
            includeByokInLimit?: boolean | null | undefined;
            /**
             * @description The bounds of the grants that the user makes to keys. Without `permissions` a ROOT or ADMIN may grant any permission, and others none.
             * @example {
             *       "permissions": [
             *         "documents.*"
             *       ],
             *       "limits": {
             *         "monthly": "100"
             *       },
             *       "keyLifetime": "90d"
             *     }
             */
            policy?: {
                /** @description Patterns of the permissions that the user may grant; null for any. */
                permissions?: string[] | null | undefined;
                /** @description The most that a key may spend that the user grants, by window, in USD; a missing window has no bound. */
                limits?: {
                    /**
                     * @description The most for one UTC day; null for no limit.
                     * @example 74.5
                     */
                    daily?: string | number | null | undefined;
                    /**
                     * @description The most for one UTC week, which begins on Monday; null for no limit.
                     * @example 74.5
                     */
                    weekly?: string | number | null | undefined;
                    /**
                     * @description The most for one UTC month; null for no limit.
                     * @example 74.5
                     */
                    monthly?: string | number | null | undefined;
                    /**
                     * @description The most for all time; null for no limit.
                     * @example 74.5
                     */
                    total?: string | number | null | undefined;
                } | null | undefined;
                /**
                 * @description The longest life of a key that the user grants; null for any.
                 * @example 24h
                 */
                keyLifetime?: string | null | undefined;
            } | null | undefined;
        };
        CreateWorkspace: {
            /**
             * Format: uuid
             * @description A UUID that you choose; generated when absent.
             */
            id?: string | null | undefined;
            /**
             * @description The name of the workspace for people.
             * @example Billing team
             */
            name: string;
            /**
             * @description The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.
             * @example billing-team
             */
            slug: string;
            /** @description A description for people. */
            description?: string | null | undefined;
            /**
             * @description Caps on the spending of all its keys together.
             * @example {
             *       "monthly": "500"
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. False when absent. */
            includeByokInLimit?: boolean | null | undefined;
        };
        ExtendReservation: {
            /** @description The shortest time that it lasts from now. It never ends earlier than before. */
            ttlSeconds: number;
            /**
             * @description The lowest total amount that it holds afterwards. It never holds less than before.
             * @example 12.5
             */
            amount?: string | number | null | undefined;
        };
        GrantPolicy: {
            /**
             * @description Patterns of the permissions that may be granted; null for any.
             * @example [
             *       "documents.*"
             *     ]
             */
            permissions: string[] | null;
            /** @description The most that a granted key may spend; a missing window is unbounded. */
            limits: components["schemas"]["Limits"];
            /**
             * @description The longest life of a granted key; null for any.
             * @example 1m
             */
            keyLifetime: string | null;
        };
        HandOver: {
            /**
             * Format: uuid
             * @description The user that is to own the keys.
             */
            to: string;
            /** @description The previous answer's `nextCursor`. */
            cursor?: string | undefined;
        };
        HandedOver: {
            /**
             * @description How many keys this call has handed over.
             * @example 12
             */
            handedOver: number;
            /**
             * @description How many keys could not be handed over.
             * @example 0
             */
            failed: number;
            /** @description One result for each key. */
            results: components["schemas"]["HandoverResult"][];
            /** @description While there may be more keys: send the same call with it. */
            nextCursor: string | null;
        };
        HandoverResult: {
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description The result for this key.
             * @enum {string}
             */
            status: "handed_over" | "failed" | Word;
            /**
             * @description Why it failed: a code of docs/errors.md.
             * @example secret_taken
             */
            code?: string | undefined;
            /**
             * @description The reason, for people.
             * @example This secret belongs to a key already.
             */
            detail?: string | undefined;
            /** @description The places in this request. */
            errors?: {
                /**
                 * @description The place in the request, as a JSON pointer.
                 * @example /keys/1/ownerId
                 */
                pointer: string;
                /** @description The error in it. */
                message: string;
            }[] | undefined;
        };
        Impact: {
            /**
             * @description How many keys work now and would stop; counted up to 1000.
             * @example 12
             */
            keys: number;
            /**
             * @description How many of them were used in the last 30 days.
             * @example 3
             */
            usedRecently: number;
            /** @description True when there are more keys than were counted. */
            hasMore: boolean;
            /** @description The keys that were used last, the latest first. */
            data: components["schemas"]["StoppingKey"][];
        };
        ImportKey: {
            /**
             * @description Hex SHA-256 of the whole text of the key.
             * @example 419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524
             */
            sha256?: string | null | undefined;
            /** @description Instead of sha256: the text of the key, which is kept nowhere. 20 to 256 printable ASCII characters. */
            secret?: string | null | undefined;
            /**
             * @description With sha256: the text by which lists show the key.
             * @example sk-...x1Yz
             */
            mask?: string | null | undefined;
            /**
             * Format: uuid
             * @description Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.
             */
            id?: string | null | undefined;
            /** @description The name of the key for people, at most 255 characters. It need not be unique. Empty when absent. */
            name?: string | null | undefined;
            /**
             * @description `use` when absent.
             * @enum {string|null}
             */
            access?: "use" | "manage" | "full" | Word | null | undefined;
            /** @description True switches the key off until it is set to false again. False when absent. */
            disabled?: boolean | null | undefined;
            /**
             * Format: uuid
             * @description The caller when absent.
             */
            ownerId?: string | null | undefined;
            /** @description The id of a workspace, or its slug. The default one when absent. */
            workspaceId?: string | undefined;
            /** @description Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique. */
            externalUserId?: string | null | undefined;
            /**
             * @description At most 20.
             * @example {
             *       "env": "production"
             *     }
             */
            labels?: {
                [key: string]: string;
            } | null | undefined;
            /**
             * @description The permissions that the key has, such as `documents.read`. A segment may be `*` at the end: `documents.*` includes all below `documents`. None when absent.
             * @example [
             *       "documents.read"
             *     ]
             */
            permissions?: string[] | null | undefined;
            /**
             * @description The most that the key may spend in each window, in USD; a window without a limit has no cap.
             * @example {
             *       "daily": "74.5"
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. False when absent. */
            includeByokInLimit?: boolean | null | undefined;
            /**
             * @description How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. None when absent.
             * @example [
             *       {
             *         "name": "requests",
             *         "limit": 100,
             *         "window": "1m"
             *       }
             *     ]
             */
            rateLimits?: {
                /** @description The name of the rate limit, unique within the key. */
                name: string;
                /** @description The number of units in a window. */
                limit: number;
                /**
                 * @description The length of the window, from `1s` on.
                 * @example 24h
                 */
                window: string;
            }[] | null | undefined;
            /**
             * @description IP addresses and CIDR blocks from which the key may be used, such as `203.0.113.0/24`; an empty list allows all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedIps?: string[] | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key is valid; valid at once when there is none.
             */
            notBefore?: string | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key no longer works; it never expires when there is none.
             */
            expiresAt?: string | null | undefined;
        };
        ImportKeys: {
            /** @description The keys, up to 1000. */
            keys: components["schemas"]["ImportKey"][];
            /** @description Only tells the result for each key and changes nothing. */
            dryRun?: boolean | null | undefined;
        };
        Key: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description Lower-case hex SHA-256 of the key's first secret; never changes.
             * @example 419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524
             */
            hash: string;
            /**
             * @description The name of the key for people, at most 255 characters. It need not be unique.
             * @example billing service
             */
            name: string;
            /**
             * @description The mask of the current secret.
             * @example lk_003...tQq
             */
            mask: string;
            /**
             * @description `use` the data plane, `manage` the control plane, or both.
             * @enum {string}
             */
            access: "use" | "manage" | "full" | Word;
            /** @description The key's own switch. */
            disabled: boolean;
            /**
             * @description Derived at the time of the answer.
             * @enum {string}
             */
            status: "active" | "disabled" | "expired" | "not_yet_valid" | "revoked" | Word;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /**
             * @description Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique.
             * @example customer-1
             */
            externalUserId: string | null;
            /**
             * @description Your own texts on the key, by name; lists and reports select by them.
             * @example {
             *       "env": "production"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description The permissions that the key has, such as `documents.read`. A segment may be `*` at the end: `documents.*` includes all below `documents`.
             * @example [
             *       "documents.read"
             *     ]
             */
            permissions: string[];
            /** @description The most that the key may spend in each window, in USD; a window without a limit has no cap. */
            limits: components["schemas"]["Limits"];
            /** @description The amounts that raise limits for a time, by window; ended boosts are left out. */
            boosts: components["schemas"]["Boosts"];
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit: boolean;
            /** @description How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. */
            rateLimits: components["schemas"]["RateLimit"][];
            /**
             * @description IP addresses and CIDR blocks from which the key may be used, such as `203.0.113.0/24`; an empty list allows all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedIps: string[];
            /**
             * Format: date-time
             * @description The first instant at which the key is valid; valid at once when there is none. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            notBefore: string | null;
            /**
             * Format: date-time
             * @description First instant at which the key no longer works.
             * @example 2026-11-22T12:00:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description When the key was last used; null before the first use. It follows within about a second. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            lastUsedAt: string | null;
            /** @description The number of uses; may lag by a second. */
            requestCount: number;
            /**
             * Format: date-time
             * @description When the record was made. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * Format: uuid
             * @description The id of the user that made the record.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            createdById: string;
            /**
             * Format: uuid
             * @description The id of the user that changed the record last.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            updatedById: string;
            /** @description The money that the key has spent in the running windows and in all, in USD. */
            usage: components["schemas"]["KeyUsage"];
            /** @description Where the key's own limits stand; its owner and workspace may have more. */
            budget: components["schemas"]["Budget"][];
            /** @description The current secret first, then those whose overlap has not ended. */
            secrets: {
                /**
                 * @description The first and last characters of the secret, by which people recognise it. It cannot be used as a key.
                 * @example lk_003...tQq
                 */
                mask: string;
                /**
                 * Format: date-time
                 * @description When the secret was made. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When its overlap ends; null for the current secret. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                expiresAt: string | null;
            }[];
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
        };
        /** @description The filters of a list of keys. At least one is required, because an empty filter would match all keys. */
        KeyFilter: {
            /**
             * Format: uuid
             * @description Keys in this workspace.
             */
            workspaceId?: string | undefined;
            /**
             * Format: uuid
             * @description Keys of this user.
             */
            ownerId?: string | undefined;
            /**
             * @description Keys with this status.
             * @enum {string}
             */
            status?: "active" | "disabled" | "expired" | "not_yet_valid" | "revoked" | Word | undefined;
            /**
             * @description Keys with this access.
             * @enum {string}
             */
            access?: "use" | "manage" | "full" | Word | undefined;
            /** @description Keys of this customer of yours. */
            externalUserId?: string | undefined;
            /**
             * @description Every one must be on the key.
             * @example {
             *       "env": "staging"
             *     }
             */
            labels?: {
                [key: string]: string;
            } | undefined;
            /** @description Keys with these words in the name or the mask, as in the list of keys. */
            search?: string | undefined;
            /**
             * Format: date-time
             * @description Keys that were never used, or last before this time.
             */
            unusedSince?: string | undefined;
            /**
             * Format: date-time
             * @description Keys that expire before this time.
             */
            expiresBefore?: string | undefined;
        };
        KeyHealth: {
            /** @description Keys without a limit of their own. */
            unlimited: components["schemas"]["CountedKeys"];
            /** @description Keys without an expiry: `GET /v2/keys?neverExpires=true`. */
            neverExpires: components["schemas"]["CountedKeys"];
            /** @description Keys that are at least 90 days old and were not used for 90 days: `GET /v2/keys?unusedSince=…&createdBefore=…`. */
            unused: components["schemas"]["CountedKeys"];
            /** @description Keys that have used 80 % of one of their limits in a running window: `GET /v2/keys?nearLimit=true`. */
            nearLimit: components["schemas"]["CountedKeys"];
            /** @description Expire within 7 days: `GET /v2/keys?status=active&expiresBefore=…`. */
            expiresSoon: components["schemas"]["CountedKeys"];
        };
        KeyPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["Key"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        KeyRefusals: {
            /**
             * @description The code of the refusals.
             * @enum {string}
             */
            code: "NOT_FOUND" | "DISABLED" | "NOT_YET_VALID" | "EXPIRED" | "FORBIDDEN" | "INSUFFICIENT_PERMISSIONS" | "RATE_LIMITED" | "BUDGET_EXCEEDED" | "VALID" | Word;
            /** @description The limit that caused the refusal; null when it was not a limit. */
            limit: {
                /**
                 * @description `rate` for a rate limit of the key; else whose limit on money it was.
                 * @enum {string}
                 */
                scope: "rate" | "key" | "user" | "workspace" | Word;
                /**
                 * @description The name of the rate limit, or the window of the spending limit.
                 * @example daily
                 */
                name: string;
            } | null;
            /** @description The number of refusals for this reason. */
            count: number;
            /**
             * Format: date-time
             * @description The time of the last of them. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            lastAt: string;
            /** @description The address of the last refusal; null when unknown. */
            lastIp: string | null;
        };
        KeyUsage: {
            /**
             * @description The amount for the running UTC day. USD as a decimal text.
             * @example 74.5
             */
            daily: string;
            /**
             * @description The amount for the running UTC week, which begins on Monday. USD as a decimal text.
             * @example 74.5
             */
            weekly: string;
            /**
             * @description The amount for the running UTC month. USD as a decimal text.
             * @example 74.5
             */
            monthly: string;
            /**
             * @description The amount for all time. USD as a decimal text.
             * @example 74.5
             */
            total: string;
            /** @description Usage that was paid elsewhere. */
            byok: {
                /**
                 * @description Paid elsewhere in the running UTC day. USD as a decimal text.
                 * @example 74.5
                 */
                daily: string;
                /**
                 * @description Paid elsewhere in the running UTC week. USD as a decimal text.
                 * @example 74.5
                 */
                weekly: string;
                /**
                 * @description Paid elsewhere in the running UTC month. USD as a decimal text.
                 * @example 74.5
                 */
                monthly: string;
                /**
                 * @description Paid elsewhere in all. USD as a decimal text.
                 * @example 74.5
                 */
                total: string;
            };
        };
        KeyVerifications: {
            /** @description Oldest first; intervals without verdicts are left out. */
            data: components["schemas"]["VerdictInterval"][];
            /** @description Refusals by reason, newest first: those for the same reason are one entry. Kept for 14 days after the last. */
            refusals: components["schemas"]["KeyRefusals"][];
            /** @description The address of the last use with a known address, or of one at most 50 ms before it. */
            lastUsedIp: string | null;
            /** @description The current secret first, then older ones whose overlap has not ended, to see whether they are still in use. */
            secrets: {
                /**
                 * @description The first and last characters of the secret, by which people recognise it. It cannot be used as a key.
                 * @example lk_003...tQq
                 */
                mask: string;
                /**
                 * Format: date-time
                 * @description When the secret was made. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When its overlap ends; null for the current secret. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                expiresAt: string | null;
                /**
                 * Format: date-time
                 * @description When the secret was last used; null before the first use. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                lastUsedAt: string | null;
                /** @description How many verifies passed with it. */
                uses: number;
            }[];
        };
        KeyWithSecret: {
            /** @description The key. */
            key: components["schemas"]["Key"];
            /**
             * @description Shown only in this answer. Absent when an Idempotency-Key repeats an earlier answer.
             * @example lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq
             */
            secret?: string | undefined;
        };
        KeysImported: {
            /** @description One per key, in the order of the request. */
            results: {
                /** @description The SHA-256 of its secret. */
                sha256: string;
                /**
                 * @description `exists`: a live key has this secret already, and is not changed.
                 * @enum {string}
                 */
                status: "created" | "exists" | "failed" | Word;
                /**
                 * Format: uuid
                 * @description Null when it failed, and in a dry run for a key that would be created.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                id: string | null;
                /**
                 * @description Why it failed: a code of docs/errors.md.
                 * @example secret_taken
                 */
                code?: string | undefined;
                /**
                 * @description The reason, for people.
                 * @example This secret belongs to a key already.
                 */
                detail?: string | undefined;
                /** @description The places in this request. */
                errors?: {
                    /**
                     * @description The place in the request, as a JSON pointer.
                     * @example /keys/1/ownerId
                     */
                    pointer: string;
                    /** @description The error in it. */
                    message: string;
                }[] | undefined;
            }[];
            /** @description True when nothing was changed and the results say what would be. */
            dryRun: boolean;
            /** @description The number of keys that were made. */
            created: number;
            /** @description The number of keys that existed already and stay as they are. */
            existing: number;
            /** @description The number of keys for which it failed. */
            failed: number;
        };
        KeysRevoked: {
            /** @description The result for each key, in the order of the request. */
            results: {
                /** @description The name that `ids` used; the key id when a filter found it. */
                key: string;
                /**
                 * @description `skipped`: the key that makes the call, or one that the filter no longer finds.
                 * @enum {string}
                 */
                status: "revoked" | "already_revoked" | "skipped" | "failed" | Word;
                /**
                 * Format: uuid
                 * @description The id of the key; null when there is none.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                id: string | null;
                /** @description Absent when no key was revoked, as in a dry run. */
                receipt?: components["schemas"]["Revocation"] | undefined;
                /**
                 * @description Why it failed: a code of docs/errors.md.
                 * @example secret_taken
                 */
                code?: string | undefined;
                /**
                 * @description The reason, for people.
                 * @example This secret belongs to a key already.
                 */
                detail?: string | undefined;
                /** @description The places in this request. */
                errors?: {
                    /**
                     * @description The place in the request, as a JSON pointer.
                     * @example /keys/1/ownerId
                     */
                    pointer: string;
                    /** @description The error in it. */
                    message: string;
                }[] | undefined;
            }[];
            /** @description True when nothing was changed and the results say what would be. */
            dryRun: boolean;
            /** @description The number of keys that were revoked by this call. */
            revoked: number;
            /** @description The number of keys that had been revoked before. */
            alreadyRevoked: number;
            /** @description The number of keys that were left as they are. */
            skipped: number;
            /** @description The number of keys for which it failed. */
            failed: number;
            /** @description When and where the last key revoked by this call stopped working. */
            effective: {
                /**
                 * @description Where it is in force: `all-nodes` once no node answers from older facts.
                 * @enum {string}
                 */
                scope: "all-nodes" | "this-node" | Word;
                /** @description The number of nodes on which it is in force. */
                nodes: number;
                /**
                 * Format: date-time
                 * @description Since when. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                at: string;
            } | null;
            /** @description With a filter, while there may be more keys: send the same call with it. */
            nextCursor: string | null;
        };
        /** @description The limits as they were set, without boosts. */
        Limits: {
            /**
             * @description The most for one UTC day; absent for no limit. USD as a decimal text.
             * @example 74.5
             */
            daily?: string | undefined;
            /**
             * @description The most for one UTC week, which begins on Monday; absent for no limit. USD as a decimal text.
             * @example 74.5
             */
            weekly?: string | undefined;
            /**
             * @description The most for one UTC month; absent for no limit. USD as a decimal text.
             * @example 74.5
             */
            monthly?: string | undefined;
            /**
             * @description The most for all time; absent for no limit. USD as a decimal text.
             * @example 74.5
             */
            total?: string | undefined;
        };
        Member: {
            /**
             * Format: uuid
             * @description The id of the user.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            userId: string;
            /** @description The unique name of the user, one word; letter case does not count. */
            username: string;
            /** @description The name of the user for people. */
            displayName: string;
            /**
             * @description Whether the user is a member or a manager of the workspace.
             * @enum {string}
             */
            standing: "member" | "manager" | Word;
            /**
             * Format: date-time
             * @description When the user joined; in the default workspace, when the user was created.
             * @example 2026-11-22T12:00:00.000Z
             */
            joinedAt: string;
            /**
             * Format: uuid
             * @description The user that added this member; null in the default workspace, and when unknown.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            addedById: string | null;
        };
        MemberPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["Member"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        OwnKey: {
            /** @description The key. */
            key: components["schemas"]["Key"];
            /** @description The refusal that a verify without demands would get now; null while the key would pass. */
            refusal: components["schemas"]["VerdictRefused"] | components["schemas"]["VerdictRateLimited"] | components["schemas"]["VerdictBudgetExceeded"] | components["schemas"]["VerdictUnseenLimit"] | null;
            /**
             * @description The refusal in words; null when the key may be used.
             * @example The key is disabled.
             */
            detail: string | null;
            /** @description Every limit that counts: those of the key and its owner, and those of the workspace while the owner sees it. */
            budget: components["schemas"]["ScopedBudget"][];
            /** @description The present state of the key's rate limits. */
            rateLimits: components["schemas"]["RateLimitState"][];
        };
        Problem: {
            /**
             * @description One URI per code.
             * @example urn:latchkey:fault:key_not_found
             */
            type: string;
            /**
             * @description The meaning of the code.
             * @example No such key.
             */
            title: string;
            /**
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * @description A description of this failure.
             * @example No such key.
             */
            detail: string;
            /**
             * @description A stable code for programs.
             * @example key_not_found
             */
            code: string;
            /**
             * @description Also in the header X-Request-Id.
             * @example req-4711
             */
            requestId: string;
            /** @description The errors of the input, one entry per place. */
            errors?: {
                /**
                 * @description JSON pointer into the body, or the place outside it, such as `query:limit`.
                 * @example /labels/env
                 */
                pointer: string;
                /** @description The error in it. */
                message: string;
            }[] | undefined;
            /**
             * @description Present when the same request never passes however long it waits.
             * @enum {boolean}
             */
            neverFits?: true | undefined;
        };
        RateLimit: {
            /**
             * @description The name of the rate limit, by which a verify may name its cost.
             * @example requests
             */
            name: string;
            /**
             * @description The number of units in a window.
             * @example 100
             */
            limit: number;
            /**
             * @description The length of the window. `<n>s|m|h|d`.
             * @example 1m
             */
            window: string;
        };
        RateLimitState: components["schemas"]["RateLimit"] & {
            /** @description Whole units left. */
            remaining: number;
            /**
             * Format: date-time
             * @description When the limit is full again.
             * @example 2026-11-22T12:00:00.000Z
             */
            resetsAt: string;
        };
        RecordThresholdCrossing: {
            /**
             * @description Whether the limit belongs to the key, its owner or its workspace.
             * @enum {string}
             */
            scope: "key" | "user" | "workspace" | Word;
            /**
             * Format: uuid
             * @description The id of that key, user or workspace.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description The window of the limit.
             * @enum {string}
             */
            window: "daily" | "weekly" | "monthly" | "total" | Word;
            /**
             * Format: date-time
             * @description The start of the window; the epoch for `total`.
             * @example 2026-11-22T12:00:00.000Z
             */
            start: string;
            /**
             * @description 50, 80 or 100 of the limit in force.
             * @example 80
             */
            percent: number;
            /**
             * Format: date-time
             * @description When settled usage reached it.
             * @example 2026-11-22T12:00:00.000Z
             */
            at: string;
        };
        RecordThresholdCrossingPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["RecordThresholdCrossing"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        RecordedEvent: {
            /**
             * @description The id of the event, as its caller chose it.
             * @example call-4711
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /**
             * @description The cost. USD as a decimal text.
             * @example 74.5
             */
            amount: string;
            /**
             * @description Usage that was paid elsewhere.
             * @example 0
             */
            byokAmount: string;
            /** @description The number of requests that it stands for. */
            requests: number;
            /**
             * Format: date-time
             * @description Decides the windows that it belongs to.
             * @example 2026-11-22T12:00:00.000Z
             */
            at: string;
            /**
             * Format: date-time
             * @description When it was recorded. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            recordedAt: string;
            /** @description The caller that reported, charged or settled it; null when an expired reservation was charged, and for events from before this was recorded. */
            reportedBy: components["schemas"]["Caller"] | null;
            /** @description Your own texts about it, by name; reports group by them. */
            meta: {
                [key: string]: string;
            };
        };
        RecordedEvents: {
            /** @description The event, or nothing when there is none. */
            data: components["schemas"]["RecordedEvent"][];
        };
        /** @description The limit without room; of several, the one that has room last. */
        RefusedRate: {
            /**
             * @description The name of the rate limit.
             * @example requests
             */
            name: string;
            /**
             * @description The number of units in a window.
             * @example 100
             */
            limit: number;
            /**
             * @description The length of the window. `<n>s|m|h|d`.
             * @example 1m
             */
            window: string;
            /** @description Whole units left. */
            remaining: number;
            /**
             * Format: date-time
             * @description The time from which the same call passes if nothing else happens; absent when it never passes.
             * @example 2026-11-22T12:00:00.000Z
             */
            resetsAt?: string | undefined;
            /**
             * @description The time until then, in whole seconds.
             * @example 2s
             */
            retryAfter?: string | undefined;
            /**
             * @description The same as a number of seconds.
             * @example 2
             */
            retryAfterSeconds?: number | undefined;
        };
        ReportUsage: {
            /** @description The usage: up to 1000 events, which are recorded together. */
            events: components["schemas"]["UsageEvent"][];
        };
        Reservation: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /** @description The id of the request, as its caller chose it; null when it had none. */
            requestId: string | null;
            /**
             * @description The reserved amount, including extensions.
             * @example 74.5
             */
            amount: string;
            /**
             * @description `open`, or the way in which it ended: `settled`, `released` or `expired`.
             * @enum {string}
             */
            state: "open" | "settled" | "released" | "expired" | Word;
            /**
             * Format: date-time
             * @description Decides the windows that it and its settlement belong to.
             * @example 2026-11-22T12:00:00.000Z
             */
            heldAt: string;
            /**
             * Format: date-time
             * @description First instant at which it holds nothing any more.
             * @example 2026-11-22T12:00:00.000Z
             */
            expiresAt: string;
            /**
             * @description The end of a reservation that nobody ends: it is released, or charged in full.
             * @enum {string}
             */
            onExpiry: "release" | "settle" | Word;
            /**
             * Format: date-time
             * @description When it ended; null until its end is recorded.
             * @example 2026-11-22T12:00:00.000Z
             */
            resolvedAt: string | null;
            /** @description The caller that settled or released it; null while it is open, and when it expired. */
            resolvedBy: components["schemas"]["Caller"] | null;
            /**
             * @description Null unless settled.
             * @example 74.5
             */
            settled: string | null;
            /**
             * @description Of usage paid elsewhere. Null unless settled.
             * @example 74.5
             */
            byokSettled: string | null;
            /**
             * @description The part that was not spent; null while the reservation is open.
             * @example 74.5
             */
            released: string | null;
            /**
             * @description The amount beyond the reservation. Null unless settled.
             * @example 0
             */
            overdraft: string | null;
            /** @description Whether it had expired before. Null unless settled. */
            late: boolean | null;
            /** @description Null unless settled. */
            meta: {
                [key: string]: string;
            } | null;
        };
        ReservationExtended: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /** @description The id of the request, as its caller chose it; null when it had none. */
            requestId: string | null;
            /**
             * @description The reserved amount, including extensions.
             * @example 74.5
             */
            amount: string;
            /**
             * @description `open`, or the way in which it ended: `settled`, `released` or `expired`.
             * @enum {string}
             */
            state: "open" | "settled" | "released" | "expired" | Word;
            /**
             * Format: date-time
             * @description Decides the windows that it and its settlement belong to.
             * @example 2026-11-22T12:00:00.000Z
             */
            heldAt: string;
            /**
             * Format: date-time
             * @description First instant at which it holds nothing any more.
             * @example 2026-11-22T12:00:00.000Z
             */
            expiresAt: string;
            /**
             * @description The end of a reservation that nobody ends: it is released, or charged in full.
             * @enum {string}
             */
            onExpiry: "release" | "settle" | Word;
            /**
             * Format: date-time
             * @description When it ended; null until its end is recorded.
             * @example 2026-11-22T12:00:00.000Z
             */
            resolvedAt: string | null;
            /** @description The caller that settled or released it; null while it is open, and when it expired. */
            resolvedBy: components["schemas"]["Caller"] | null;
            /**
             * @description Null unless settled.
             * @example 74.5
             */
            settled: string | null;
            /**
             * @description Of usage paid elsewhere. Null unless settled.
             * @example 74.5
             */
            byokSettled: string | null;
            /**
             * @description The part that was not spent; null while the reservation is open.
             * @example 74.5
             */
            released: string | null;
            /**
             * @description The amount beyond the reservation. Null unless settled.
             * @example 0
             */
            overdraft: string | null;
            /** @description Whether it had expired before. Null unless settled. */
            late: boolean | null;
            /** @description Null unless settled. */
            meta: {
                [key: string]: string;
            } | null;
            /** @description Where each limit stands now: its amount, the spent and held money, and the rest. */
            budget: components["schemas"]["ScopedBudget"][];
        };
        ReservationPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["Reservation"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        ReservationSettled: components["schemas"]["Reservation"] & {
            /** @description Every limit that counts: of the key, its owner and its workspace. */
            budget: components["schemas"]["ScopedBudget"][];
            /**
             * @description Thresholds (50, 80, 100 % of a limit of the key, its owner or its workspace) that this amount crossed. Absent when it crossed none, and when the call is a repeat.
             * @example [
             *       80
             *     ]
             */
            crossed?: number[] | undefined;
        };
        Reserved: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /** @description The id of the request, as its caller chose it; null when it had none. */
            requestId: string | null;
            /**
             * @description The reserved amount, including extensions.
             * @example 74.5
             */
            amount: string;
            /**
             * @description `open`, or the way in which it ended: `settled`, `released` or `expired`.
             * @enum {string}
             */
            state: "open" | "settled" | "released" | "expired" | Word;
            /**
             * Format: date-time
             * @description Decides the windows that it and its settlement belong to.
             * @example 2026-11-22T12:00:00.000Z
             */
            heldAt: string;
            /**
             * Format: date-time
             * @description First instant at which it holds nothing any more.
             * @example 2026-11-22T12:00:00.000Z
             */
            expiresAt: string;
            /**
             * @description The end of a reservation that nobody ends: it is released, or charged in full.
             * @enum {string}
             */
            onExpiry: "release" | "settle" | Word;
            /**
             * Format: date-time
             * @description When it ended; null until its end is recorded.
             * @example 2026-11-22T12:00:00.000Z
             */
            resolvedAt: string | null;
            /** @description The caller that settled or released it; null while it is open, and when it expired. */
            resolvedBy: components["schemas"]["Caller"] | null;
            /**
             * @description Null unless settled.
             * @example 74.5
             */
            settled: string | null;
            /**
             * @description Of usage paid elsewhere. Null unless settled.
             * @example 74.5
             */
            byokSettled: string | null;
            /**
             * @description The part that was not spent; null while the reservation is open.
             * @example 74.5
             */
            released: string | null;
            /**
             * @description The amount beyond the reservation. Null unless settled.
             * @example 0
             */
            overdraft: string | null;
            /** @description Whether it had expired before. Null unless settled. */
            late: boolean | null;
            /** @description Null unless settled. */
            meta: {
                [key: string]: string;
            } | null;
            /** @description Where each limit stands now: its amount, the spent and held money, and the rest. */
            budget: components["schemas"]["ScopedBudget"][];
            /**
             * @description Present when an earlier request with this requestId had taken the money: this one took neither money nor units of rate limits.
             * @enum {boolean}
             */
            replayed?: true | undefined;
        };
        Revocation: {
            /**
             * Format: uuid
             * @description The id of the revoked key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description Always `revoked`: this cannot be undone.
             * @enum {string}
             */
            status: "revoked";
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
            /** @description Where the change is in force, and since when. */
            effective: {
                /**
                 * @description The nodes that have stopped accepting the key. `this-node` only with `wait=none`: the other nodes follow within their lease.
                 * @enum {string}
                 */
                scope: "all-nodes" | "this-node" | Word;
                /**
                 * @description Nodes that stopped accepting the key before this answer.
                 * @example 1
                 */
                nodes: number;
                /** @description Nodes that did not answer; the call waited until their lease had expired. Absent when all answered. */
                lapsed?: number | undefined;
                /**
                 * Format: date-time
                 * @description Since when. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                at: string;
            };
        };
        /**
         * @example {
         *       "ids": [
         *         "019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e"
         *       ],
         *       "reason": "left the project",
         *       "dryRun": true
         *     }
         */
        RevokeKeys: {
            /** @description Ids or hashes. The key that makes the call, if it is among them, comes last. */
            ids?: string[] | undefined;
            /** @description Revokes the keys that meet all of these, instead of naming them. */
            filter?: components["schemas"]["KeyFilter"] | undefined;
            /** @description With a filter: the previous answer's `nextCursor`. */
            cursor?: string | undefined;
            /** @description The reason, for people: it stands in the audit log. */
            reason?: string | undefined;
            /** @description Only tells the result for each key and changes nothing. */
            dryRun?: boolean | undefined;
        };
        RotateKey: {
            /**
             * @description How long the old secrets keep working; `0s`, the default, ends them at once.
             * @example 24h
             */
            overlap?: string | null | undefined;
        };
        /** @description The limit without room; of several, the one that has room last. `resetsAt` is the time from which the same call passes if nothing else happens; null with `neverFits`. */
        ScopedBudget: {
            /**
             * @description Whether the limit belongs to the key, its owner or its workspace.
             * @enum {string}
             */
            scope: "key" | "user" | "workspace" | Word;
            /**
             * Format: uuid
             * @description The id of that key, user or workspace.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description The window in which the amount counts: a UTC day, a UTC week from Monday, a UTC month, or all time.
             * @enum {string}
             */
            window: "daily" | "weekly" | "monthly" | "total" | Word;
            /**
             * @description The limit in force, with a boost while that lasts.
             * @example 74.5
             */
            limit: string;
            /**
             * @description Settled usage that counts against the limit.
             * @example 74.5
             */
            spent: string;
            /**
             * @description The sum of open reservations.
             * @example 0
             */
            reserved: string;
            /**
             * @description limit - spent - reserved, never below 0.
             * @example 74.5
             */
            remaining: string;
            /**
             * Format: date-time
             * @description Null for `total`, which never resets.
             * @example 2026-11-22T12:00:00.000Z
             */
            resetsAt: string | null;
        };
        SetBoost: {
            /**
             * @description The amount that is added to the limit.
             * @example 74.5
             */
            amount: string | number;
            /**
             * Format: date-time
             * @description First instant at which it no longer counts.
             */
            until: string;
        };
        SettleReservation: {
            /**
             * @description The real cost.
             * @example 74.5
             */
            amount?: string | number | null | undefined;
            /**
             * @description Usage that was paid elsewhere; goes with `amount`.
             * @example 74.5
             */
            byokAmount?: string | number | null | undefined;
            /**
             * @description Instead of `amount`, when the cost is unknown: charge the whole reservation, or nothing.
             * @enum {string|null}
             */
            unknownCost?: "charge_held" | "charge_nothing" | Word | null | undefined;
            /**
             * @description Metadata of the event, at most 20 entries: texts by which reports can group it, and counts of tokens.
             * @example {
             *       "model": "small"
             *     }
             */
            meta?: ({
                /** @description The model that was used, for `GET /api/v1/activity`. */
                model?: string | undefined;
                /** @description The exact version of the model, for `GET /api/v1/activity`. */
                model_permaslug?: string | undefined;
                /** @description The endpoint that served it, for `GET /api/v1/activity`. */
                endpoint_id?: string | undefined;
                /** @description The provider that served it, for `GET /api/v1/activity`. */
                provider_name?: string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                prompt_tokens?: number | string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                completion_tokens?: number | string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                reasoning_tokens?: number | string | undefined;
                [key: string]: string | number | undefined;
            }) | null | undefined;
        };
        StoppingKey: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /**
             * @description The name of the key.
             * @example Acme, nightly import
             */
            name: string;
            /**
             * @description The visible part of its current secret.
             * @example lk_003...tQq
             */
            mask: string;
            /**
             * @description Its access: what the key is for.
             * @enum {string}
             */
            access: "use" | "manage" | "full" | Word;
            /**
             * Format: uuid
             * @description The workspace of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /** @description Your own id of whom the key is for. */
            externalUserId: string | null;
            /**
             * Format: date-time
             * @description The last use; null for a key that was never used.
             * @example 2026-11-22T12:00:00.000Z
             */
            lastUsedAt: string | null;
        };
        ThresholdCrossing: {
            /**
             * @description The window in which the amount counts: a UTC day, a UTC week from Monday, a UTC month, or all time.
             * @enum {string}
             */
            window: "daily" | "weekly" | "monthly" | "total" | Word;
            /**
             * Format: date-time
             * @description The start of the window; the epoch for `total`.
             * @example 2026-11-22T12:00:00.000Z
             */
            start: string;
            /**
             * @description 50, 80 or 100 of the limit in force.
             * @example 80
             */
            percent: number;
            /**
             * Format: date-time
             * @description The time at which it happened. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            at: string;
        };
        ThresholdCrossings: {
            /** @description The crossings, newest first. */
            data: components["schemas"]["ThresholdCrossing"][];
        };
        UpdateKey: {
            /** @description The name of the key for people, at most 255 characters. It need not be unique. Null clears it. */
            name?: string | null | undefined;
            /**
             * @description The purpose of the key: `use` calls the protected services, `manage` calls this API, `full` does both.
             * @enum {string}
             */
            access?: "use" | "manage" | "full" | Word | undefined;
            /** @description True switches the key off until it is set to false again. */
            disabled?: boolean | undefined;
            /**
             * Format: uuid
             * @description The new owner. The caller must be allowed to make such a key for that user. Money spent before stays in the sums of the former owner, and open reservations are settled there.
             */
            ownerId?: string | undefined;
            /** @description Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique. Null clears it. */
            externalUserId?: string | null | undefined;
            /**
             * @description Single entries; null removes one.
             * @example {
             *       "env": "staging",
             *       "team": null
             *     }
             */
            labels?: {
                [key: string]: string | null;
            } | null | undefined;
            /** @description The permissions that the key has, such as `documents.read`. A segment may be `*` at the end: `documents.*` includes all below `documents`. Replaces the whole list; null empties it. */
            permissions?: string[] | null | undefined;
            /**
             * @description The most that the key may spend in each window, in USD; a window without a limit has no cap. Windows that are absent keep their limit; null removes one, or all.
             * @example {
             *       "daily": "20",
             *       "total": null
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit?: boolean | undefined;
            /** @description How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. Replaces the whole list; null empties it. */
            rateLimits?: {
                /** @description The name of the rate limit, unique within the key. */
                name: string;
                /** @description The number of units in a window. */
                limit: number;
                /**
                 * @description The length of the window, from `1s` on.
                 * @example 24h
                 */
                window: string;
            }[] | null | undefined;
            /** @description IP addresses and CIDR blocks from which the key may be used, such as `203.0.113.0/24`; an empty list allows all. Replaces the whole list; null empties it. */
            allowedIps?: string[] | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key is valid; valid at once when there is none. Null clears it.
             */
            notBefore?: string | null | undefined;
            /**
             * Format: date-time
             * @description The first instant at which the key no longer works; it never expires when there is none. Null clears it.
             */
            expiresAt?: string | null | undefined;
        };
        UpdateUser: {
            /**
             * @description The unique name of the user, one word; letter case does not count.
             * @example ada
             */
            username?: string | undefined;
            /**
             * Format: email
             * @description The e-mail address; null removes it.
             * @example ada@example.com
             */
            email?: string | null | undefined;
            /**
             * @description The name of the user for people.
             * @example Ada Lovelace
             */
            displayName?: string | undefined;
            /** @description Your own id of the user; lists find users by it. Null clears it. */
            externalId?: string | null | undefined;
            /**
             * @description The rights of the managing keys of the user: see docs/authority.md. A ROOT or ADMIN that may grant any permission and becomes a USER or SERVICE may grant none from then on, unless the request names `policy.permissions`. A promotion leaves the policy as it is.
             * @enum {string}
             */
            role?: "ROOT" | "ADMIN" | "USER" | "SERVICE" | Word | undefined;
            /** @description True disables all keys of the user at once, until it is set to false again. */
            disabled?: boolean | undefined;
            /**
             * Format: uuid
             * @description Together with `"disabled": true`: the user that gets all keys of this one first, so that none of them stops. If one cannot be handed over, the user is not disabled.
             */
            handOverTo?: string | undefined;
            /**
             * @description Single windows; null removes a limit.
             * @example {
             *       "monthly": "500",
             *       "daily": null
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit?: boolean | undefined;
            /**
             * @description Single members, and single windows of the limits; null removes a bound.
             * @example {
             *       "limits": {
             *         "monthly": "50",
             *         "daily": null
             *       }
             *     }
             */
            policy?: {
                /** @description Patterns of the permissions that the user may grant; null for any. */
                permissions?: string[] | null | undefined;
                /** @description The most that a key may spend that the user grants, by window, in USD; a missing window has no bound. */
                limits?: {
                    /**
                     * @description The most for one UTC day; null for no limit.
                     * @example 74.5
                     */
                    daily?: string | number | null | undefined;
                    /**
                     * @description The most for one UTC week, which begins on Monday; null for no limit.
                     * @example 74.5
                     */
                    weekly?: string | number | null | undefined;
                    /**
                     * @description The most for one UTC month; null for no limit.
                     * @example 74.5
                     */
                    monthly?: string | number | null | undefined;
                    /**
                     * @description The most for all time; null for no limit.
                     * @example 74.5
                     */
                    total?: string | number | null | undefined;
                } | null | undefined;
                /**
                 * @description The longest life of a key that the user grants; null for any.
                 * @example 24h
                 */
                keyLifetime?: string | null | undefined;
            } | undefined;
        };
        UpdateWorkspace: {
            /**
             * @description The name of the workspace for people.
             * @example Billing team
             */
            name?: string | undefined;
            /**
             * @description The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.
             * @example billing-team
             */
            slug?: string | undefined;
            /** @description A description for people. Null clears it. */
            description?: string | null | undefined;
            /**
             * @description Single windows; null removes a limit.
             * @example {
             *       "monthly": "500",
             *       "daily": null
             *     }
             */
            limits?: {
                /**
                 * @description The most for one UTC day; null for no limit.
                 * @example 74.5
                 */
                daily?: string | number | null | undefined;
                /**
                 * @description The most for one UTC week, which begins on Monday; null for no limit.
                 * @example 74.5
                 */
                weekly?: string | number | null | undefined;
                /**
                 * @description The most for one UTC month; null for no limit.
                 * @example 74.5
                 */
                monthly?: string | number | null | undefined;
                /**
                 * @description The most for all time; null for no limit.
                 * @example 74.5
                 */
                total?: string | number | null | undefined;
            } | null | undefined;
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit?: boolean | undefined;
        };
        UsageCorrection: {
            /**
             * @description The id of the correction, as its caller chose it.
             * @example refund-17
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * @description The id of the corrected event.
             * @example call-4711
             */
            eventId: string;
            /**
             * @description The corrected amount.
             * @example 3.1
             */
            amount: string;
            /**
             * @description Usage that was paid elsewhere. USD as a decimal text.
             * @example 0
             */
            byokAmount: string;
            /**
             * Format: date-time
             * @description The time of the event; the correction counts in the windows of that time.
             * @example 2026-11-22T12:00:00.000Z
             */
            at: string;
            /**
             * Format: date-time
             * @description When it was recorded. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            recordedAt: string;
            /** @description The reason, for people: it stands in the audit log. */
            reason: string;
            /**
             * @description True when an earlier call had made this correction already.
             * @enum {boolean}
             */
            replayed?: true | undefined;
        };
        /**
         * @example {
         *       "id": "call-4711",
         *       "keyId": "019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e",
         *       "amount": "0.0125",
         *       "meta": {
         *         "model": "small"
         *       }
         *     }
         */
        UsageEvent: {
            /**
             * @description Chosen by the caller; repeating it for the same key changes nothing. The requestId of a charge is such an id.
             * @example call-4711
             */
            id: string;
            /**
             * Format: uuid
             * @description The id of the key that pays; or name it by `hash`.
             */
            keyId?: string | null | undefined;
            /** @description Instead of keyId: the hash, or the SHA-256 of any secret of the key. */
            hash?: string | null | undefined;
            /**
             * @description The cost, in USD. It counts against the limits.
             * @example 74.5
             */
            amount: string | number;
            /**
             * @description Usage that was paid elsewhere.
             * @example 74.5
             */
            byokAmount?: string | number | null | undefined;
            /** @description The number of requests that the event stands for; 1 when absent. */
            requests?: number | null | undefined;
            /**
             * Format: date-time
             * @description When it happened, which decides its windows; now when absent. Within the last 400 days, and at most 5 minutes ahead.
             */
            at?: string | null | undefined;
            /**
             * @description Metadata of the event, at most 20 entries: texts by which reports can group it, and counts of tokens.
             * @example {
             *       "model": "small"
             *     }
             */
            meta?: ({
                /** @description The model that was used, for `GET /api/v1/activity`. */
                model?: string | undefined;
                /** @description The exact version of the model, for `GET /api/v1/activity`. */
                model_permaslug?: string | undefined;
                /** @description The endpoint that served it, for `GET /api/v1/activity`. */
                endpoint_id?: string | undefined;
                /** @description The provider that served it, for `GET /api/v1/activity`. */
                provider_name?: string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                prompt_tokens?: number | string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                completion_tokens?: number | string | undefined;
                /**
                 * @description Added up by activity; no report groups by it.
                 * @example 1200
                 */
                reasoning_tokens?: number | string | undefined;
                [key: string]: string | number | undefined;
            }) | null | undefined;
        };
        UsageReport: {
            /** @description The sums, oldest interval first. */
            data: {
                /**
                 * Format: date-time
                 * @description The start of the interval, in UTC; weeks start on Monday.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                start: string;
                /**
                 * @description The value of each groupBy, by its name; null for usage without that customer, label or meta name. Null when the report is not grouped.
                 * @example {
                 *       "key": "019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e",
                 *       "meta:model": "small"
                 *     }
                 */
                group: {
                    [key: string]: string | null;
                } | null;
                /**
                 * @description The names of the records in `group`, by the same name: of a key its name, of an owner its username, of a workspace its name; also of revoked and deleted ones. Null for one that the caller may not read; absent when the report is not grouped by such records, and when the caller may read none.
                 * @example {
                 *       "key": "OpenCode"
                 *     }
                 */
                names?: {
                    [key: string]: string | null;
                } | undefined;
                /**
                 * @description The spent money. USD as a decimal text.
                 * @example 74.5
                 */
                amount: string;
                /**
                 * @description Usage that was paid elsewhere.
                 * @example 0
                 */
                byokAmount: string;
                /** @description The number of requests that it stands for. */
                requests: number;
                /**
                 * @description Set on a line with the corrections of the line before it. Its amounts are negative, so the sum of all lines is the usage that counts.
                 * @enum {boolean}
                 */
                correction?: true | undefined;
            }[];
        };
        UsageReported: {
            /**
             * @description The number of events that were new.
             * @example 1
             */
            accepted: number;
            /**
             * @description Events that had been reported before with the same content.
             * @example 0
             */
            duplicates: number;
            /**
             * @description Events whose id is known with other content. The first record stays.
             * @example []
             */
            conflicts: {
                /**
                 * @description The id of the event.
                 * @example call-4712
                 */
                id: string;
                /**
                 * @description Its place in this request.
                 * @example /events/1
                 */
                pointer: string;
            }[];
        };
        User: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /** @description The unique name of the user, one word; letter case does not count. */
            username: string;
            /** @description The e-mail address; null for a user without one. */
            email: string | null;
            /** @description The name of the user for people. */
            displayName: string;
            /** @description Your own id of the user; lists find users by it. */
            externalId: string | null;
            /**
             * @description The rights of the managing keys of the user: see docs/authority.md.
             * @enum {string}
             */
            role: "ROOT" | "ADMIN" | "USER" | "SERVICE" | Word;
            /** @description True disables all keys of the user. */
            disabled: boolean;
            /** @description Caps on the spending of all keys of the user together. */
            limits: components["schemas"]["Limits"];
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit: boolean;
            /** @description The most that the user may grant to keys. */
            policy: components["schemas"]["GrantPolicy"];
            /**
             * Format: date-time
             * @description When the record was made. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
        };
        UserPage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["User"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        UserWithBudget: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /** @description The unique name of the user, one word; letter case does not count. */
            username: string;
            /** @description The e-mail address; null for a user without one. */
            email: string | null;
            /** @description The name of the user for people. */
            displayName: string;
            /** @description Your own id of the user; lists find users by it. */
            externalId: string | null;
            /**
             * @description The rights of the managing keys of the user: see docs/authority.md.
             * @enum {string}
             */
            role: "ROOT" | "ADMIN" | "USER" | "SERVICE" | Word;
            /** @description True disables all keys of the user. */
            disabled: boolean;
            /** @description Caps on the spending of all keys of the user together. */
            limits: components["schemas"]["Limits"];
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit: boolean;
            /** @description The most that the user may grant to keys. */
            policy: components["schemas"]["GrantPolicy"];
            /**
             * Format: date-time
             * @description When the record was made. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
            /** @description The present state of the limits. */
            budget: components["schemas"]["Budget"][];
        };
        Verdict: components["schemas"]["VerdictValid"] | components["schemas"]["VerdictNotFound"] | components["schemas"]["VerdictRefused"] | components["schemas"]["VerdictRateLimited"] | components["schemas"]["VerdictBudgetExceeded"];
        VerdictBudgetExceeded: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: false;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "BUDGET_EXCEEDED";
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /** @description The limit that had no room: of several the one that opens last. */
            bound: components["schemas"]["ScopedBudget"];
            /** @description Every limit that counts: of the key, its owner and its workspace. */
            budget: components["schemas"]["ScopedBudget"][];
            /**
             * @description Present when the same call never passes however long it waits: it asks for more than a limit, no window ends, or the key expires before.
             * @enum {boolean}
             */
            neverFits?: true | undefined;
        };
        /**
         * @description The number of verdicts of each code; a code with none is left out.
         * @example {
         *       "VALID": 120,
         *       "RATE_LIMITED": 3
         *     }
         */
        VerdictCounts: {
            /** @description Verifies of secrets that no key has. */
            NOT_FOUND?: number | undefined;
            /** @description Refusals because the key or its owner was disabled. */
            DISABLED?: number | undefined;
            /** @description Refusals before the time from which the key is valid. */
            NOT_YET_VALID?: number | undefined;
            /** @description Refusals because the key had expired. */
            EXPIRED?: number | undefined;
            /** @description Refusals because of the address of the client, or because the key may only manage. */
            FORBIDDEN?: number | undefined;
            /** @description Refusals because the key lacked a permission. */
            INSUFFICIENT_PERMISSIONS?: number | undefined;
            /** @description Refusals because a rate limit had no units left. */
            RATE_LIMITED?: number | undefined;
            /** @description Refusals because a limit had no room for the amount. */
            BUDGET_EXCEEDED?: number | undefined;
            /** @description Verifies that passed. */
            VALID?: number | undefined;
        };
        VerdictInterval: {
            /**
             * Format: date-time
             * @description The start of the interval, in UTC.
             * @example 2026-11-22T12:00:00.000Z
             */
            start: string;
            /** @description The number of verdicts by code; a code with none is left out. */
            counts: components["schemas"]["VerdictCounts"];
        };
        /** @description The key is unknown, malformed, revoked or not yours; the answer does not tell which. */
        VerdictNotFound: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: false;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "NOT_FOUND";
        };
        VerdictRateLimited: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: false;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "RATE_LIMITED";
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /** @description The limit that had no room: of several the one that opens last. */
            bound: components["schemas"]["RefusedRate"];
            /**
             * @description Present when the same call never passes however long it waits: it asks for more than a limit, no window ends, or the key expires before.
             * @enum {boolean}
             */
            neverFits?: true | undefined;
        };
        VerdictRefused: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: false;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "DISABLED" | "NOT_YET_VALID" | "EXPIRED" | "FORBIDDEN" | "INSUFFICIENT_PERMISSIONS";
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
        };
        /** @description The workspace's limit has no room, and the key's owner may not see that limit. */
        VerdictUnseenLimit: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: false;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "BUDGET_EXCEEDED";
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /** @description The limits of the key and its owner. */
            budget: components["schemas"]["ScopedBudget"][];
            /**
             * @description Present when the same call never passes however long it waits: it asks for more than a limit, no window ends, or the key expires before.
             * @enum {boolean}
             */
            neverFits?: true | undefined;
        };
        VerdictValid: {
            /**
             * @description Whether the key may be used for this request now.
             * @enum {boolean}
             */
            valid: true;
            /**
             * @description The verdict, or the kind of the problem, for programs.
             * @enum {string}
             */
            code: "VALID";
            /**
             * Format: uuid
             * @description The id of the key.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            keyId: string;
            /**
             * Format: uuid
             * @description The id of the user that the key belongs to.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            ownerId: string;
            /**
             * Format: uuid
             * @description The id of the workspace that the key is in.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            workspaceId: string;
            /** @description Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique. */
            externalUserId: string | null;
            /** @description The name of the key for people, at most 255 characters. It need not be unique. */
            name: string;
            /** @description The labels of the key. */
            labels: {
                [key: string]: string;
            };
            /** @description The permissions that the key has, such as `documents.read`. A segment may be `*` at the end: `documents.*` includes all below `documents`. */
            permissions: string[];
            /**
             * Format: date-time
             * @description The first instant at which the key no longer works; null for never. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            expiresAt: string | null;
            /** @description Every limit that counts: of the key, its owner and its workspace. */
            budget: components["schemas"]["ScopedBudget"][];
            /** @description Where each rate limit of the key stands after this request. */
            rateLimits: components["schemas"]["RateLimitState"][];
            /** @description The reservation, with `reserve`; not `open` when the call is repeated too late. */
            reservation?: {
                /**
                 * Format: uuid
                 * @description The id by which the reservation is settled or released.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                id: string;
                /**
                 * @description The amount in USD: a decimal text, which is exact, or a number, which is rounded to the nearest nano-dollar. USD as a decimal text.
                 * @example 74.5
                 */
                amount: string;
                /**
                 * @description `open`, or the way in which it ended: `settled`, `released` or `expired`.
                 * @enum {string}
                 */
                state: "open" | "settled" | "released" | "expired" | Word;
                /**
                 * Format: date-time
                 * @description When it runs out unless it is settled, released or extended before. RFC 3339, UTC, milliseconds.
                 * @example 2026-11-22T12:00:00.000Z
                 */
                expiresAt: string;
            } | undefined;
            /**
             * @description Present when an earlier request with this requestId had taken the money: this one took neither money nor units of rate limits.
             * @enum {boolean}
             */
            replayed?: true | undefined;
            /**
             * @description Thresholds (50, 80, 100 % of a limit of the key, its owner or its workspace) that this amount crossed. Absent when it crossed none, and when the call is a repeat.
             * @example [
             *       80
             *     ]
             */
            crossed?: number[] | undefined;
            /**
             * @description The charged amount, with `charge`.
             * @example 74.5
             */
            charged?: string | undefined;
            /**
             * @description The revision of the key.
             * @example 42
             */
            revision: number;
        };
        Verifications: {
            /** @description Oldest first; intervals without verdicts are left out. */
            data: components["schemas"]["VerdictInterval"][];
            /** @description The keys, at most 10, that were refused most within the last 24 hours before `to`, most first. */
            failing: {
                /**
                 * Format: uuid
                 * @description The id of the key.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                keyId: string;
                /** @description The name of the key for people, at most 255 characters. It need not be unique. */
                name: string;
                /**
                 * @description The first and last characters of the secret, by which people recognise it. It cannot be used as a key.
                 * @example lk_003...tQq
                 */
                mask: string;
                /**
                 * Format: uuid
                 * @description The id of the user that the key belongs to.
                 * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
                 */
                ownerId: string;
                /** @description The number of refusals. */
                refused: number;
                /** @description The number of verifies that passed. */
                valid: number;
            }[];
        };
        /**
         * @example {
         *       "key": "lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq",
         *       "permissions": "documents.read",
         *       "charge": "0.002",
         *       "requestId": "call-4711"
         *     }
         */
        Verify: {
            /**
             * @description The text that the client sent.
             * @example lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq
             */
            key: string;
            /**
             * @description An expression of `and`, `or`, `not` and parentheses, or a list of permissions that are all required.
             * @example documents.read and (documents.write or not documents.locked)
             */
            permissions?: string | string[] | null | undefined;
            /** @description The client's address; a key bound to addresses is refused without it. */
            ip?: string | null | undefined;
            /**
             * @description Units to take from rate limits of the key instead of one each; names that it lacks are ignored.
             * @example [
             *       {
             *         "name": "tokens",
             *         "cost": 250
             *       }
             *     ]
             */
            rateLimits?: {
                /** @description The name of the rate limit, unique within the key. */
                name: string;
                /** @description The units that this request takes of the rate limit; 1 when absent. 0 takes none, but still needs one to be left. */
                cost?: number | null | undefined;
            }[] | null | undefined;
            /**
             * @description Spends this amount at once if the key may be used and every limit has room. 0 passes as long as something is left, like a verify without a charge.
             * @example 0.002
             */
            charge?: string | number | null | undefined;
            /**
             * @description Hold this instead, until it is settled or released.
             * @example 74.5
             */
            reserve?: string | number | null | undefined;
            /** @description How long it holds, unless it is settled or released; 600 when absent. */
            reserveTtlSeconds?: number | null | undefined;
            /**
             * @description The end of a reservation that nobody settles or releases in time: `release`, which is meant when absent, charges nothing; `settle` charges all of it.
             * @enum {string|null}
             */
            reserveOnExpiry?: "release" | "settle" | Word | null | undefined;
            /** @description Makes a charge or reserve safe to repeat: the same id for the same key takes the money once. It has no effect without a charge or reserve. */
            requestId?: string | null | undefined;
            /**
             * @description With `charge`: the meta of its usage event, each as `name=value` or a name alone; no name twice. Tags do not change the answer, and they are not kept without a charge.
             * @example [
             *       "model=small",
             *       "prompt_tokens=1200"
             *     ]
             */
            tags?: string[] | null | undefined;
            /** @description True for the same answer without any effect: no unit is taken from a rate limit, and the key does not count as used. `rateLimits` then shows the units left now. Not with `charge` or `reserve`. */
            peek?: boolean | null | undefined;
            /** @description A revision: never answer from older facts; 503 when it is not reached yet. */
            atLeast?: number | null | undefined;
        };
        Workspace: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /** @description The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique. */
            slug: string;
            /** @description The name of the workspace for people. */
            name: string;
            /** @description A description for people. */
            description: string | null;
            /** @description True for the workspace that always exists. */
            isDefault: boolean;
            /** @description Caps on the spending of all keys of the workspace together. */
            limits: components["schemas"]["Limits"];
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit: boolean;
            /**
             * Format: uuid
             * @description The id of the user that made it; null for the default workspace.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            createdById: string | null;
            /**
             * Format: date-time
             * @description When the record was made. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
        };
        WorkspacePage: {
            /** @description A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`. */
            data: components["schemas"]["Workspace"][];
            /** @description Null on the last page, and only there. */
            nextCursor: string | null;
        };
        WorkspaceWithBudget: {
            /**
             * Format: uuid
             * @description The id of the record: a UUID that never changes.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            id: string;
            /** @description The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique. */
            slug: string;
            /** @description The name of the workspace for people. */
            name: string;
            /** @description A description for people. */
            description: string | null;
            /** @description True for the workspace that always exists. */
            isDefault: boolean;
            /** @description Caps on the spending of all keys of the workspace together. */
            limits: components["schemas"]["Limits"];
            /** @description Whether usage that was paid elsewhere (`byokAmount`) counts against the limits, too. */
            includeByokInLimit: boolean;
            /**
             * Format: uuid
             * @description The id of the user that made it; null for the default workspace.
             * @example 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e
             */
            createdById: string | null;
            /**
             * Format: date-time
             * @description When the record was made. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.
             * @example 2026-11-22T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description The revision of the last change, for If-Match.
             * @example 42
             */
            revision: number;
            /** @description The present state of the limits. */
            budget: components["schemas"]["Budget"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AddMember = components['schemas']['AddMember'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type Boost = components['schemas']['Boost'];
export type Boosts = components['schemas']['Boosts'];
export type Budget = components['schemas']['Budget'];
export type BudgetProblem = components['schemas']['BudgetProblem'];
export type Caller = components['schemas']['Caller'];
export type CorrectUsage = components['schemas']['CorrectUsage'];
export type CountedKeys = components['schemas']['CountedKeys'];
export type CreateKey = components['schemas']['CreateKey'];
export type CreateReservation = components['schemas']['CreateReservation'];
export type CreateUser = components['schemas']['CreateUser'];
export type CreateWorkspace = components['schemas']['CreateWorkspace'];
export type ExtendReservation = components['schemas']['ExtendReservation'];
export type GrantPolicy = components['schemas']['GrantPolicy'];
export type HandOver = components['schemas']['HandOver'];
export type HandedOver = components['schemas']['HandedOver'];
export type HandoverResult = components['schemas']['HandoverResult'];
export type Impact = components['schemas']['Impact'];
export type ImportKey = components['schemas']['ImportKey'];
export type ImportKeys = components['schemas']['ImportKeys'];
export type Key = components['schemas']['Key'];
export type KeyFilter = components['schemas']['KeyFilter'];
export type KeyHealth = components['schemas']['KeyHealth'];
export type KeyPage = components['schemas']['KeyPage'];
export type KeyRefusals = components['schemas']['KeyRefusals'];
export type KeyUsage = components['schemas']['KeyUsage'];
export type KeyVerifications = components['schemas']['KeyVerifications'];
export type KeyWithSecret = components['schemas']['KeyWithSecret'];
export type KeysImported = components['schemas']['KeysImported'];
export type KeysRevoked = components['schemas']['KeysRevoked'];
export type Limits = components['schemas']['Limits'];
export type Member = components['schemas']['Member'];
export type MemberPage = components['schemas']['MemberPage'];
export type OwnKey = components['schemas']['OwnKey'];
export type Problem = components['schemas']['Problem'];
export type RateLimit = components['schemas']['RateLimit'];
export type RateLimitState = components['schemas']['RateLimitState'];
export type RecordThresholdCrossing = components['schemas']['RecordThresholdCrossing'];
export type RecordThresholdCrossingPage = components['schemas']['RecordThresholdCrossingPage'];
export type RecordedEvent = components['schemas']['RecordedEvent'];
export type RecordedEvents = components['schemas']['RecordedEvents'];
export type RefusedRate = components['schemas']['RefusedRate'];
export type ReportUsage = components['schemas']['ReportUsage'];
export type Reservation = components['schemas']['Reservation'];
export type ReservationExtended = components['schemas']['ReservationExtended'];
export type ReservationPage = components['schemas']['ReservationPage'];
export type ReservationSettled = components['schemas']['ReservationSettled'];
export type Reserved = components['schemas']['Reserved'];
export type Revocation = components['schemas']['Revocation'];
export type RevokeKeys = components['schemas']['RevokeKeys'];
export type RotateKey = components['schemas']['RotateKey'];
export type ScopedBudget = components['schemas']['ScopedBudget'];
export type SetBoost = components['schemas']['SetBoost'];
export type SettleReservation = components['schemas']['SettleReservation'];
export type StoppingKey = components['schemas']['StoppingKey'];
export type ThresholdCrossing = components['schemas']['ThresholdCrossing'];
export type ThresholdCrossings = components['schemas']['ThresholdCrossings'];
export type UpdateKey = components['schemas']['UpdateKey'];
export type UpdateUser = components['schemas']['UpdateUser'];
export type UpdateWorkspace = components['schemas']['UpdateWorkspace'];
export type UsageCorrection = components['schemas']['UsageCorrection'];
export type UsageEvent = components['schemas']['UsageEvent'];
export type UsageReport = components['schemas']['UsageReport'];
export type UsageReported = components['schemas']['UsageReported'];
export type User = components['schemas']['User'];
export type UserPage = components['schemas']['UserPage'];
export type UserWithBudget = components['schemas']['UserWithBudget'];
export type Verdict = components['schemas']['Verdict'];
export type VerdictBudgetExceeded = components['schemas']['VerdictBudgetExceeded'];
export type VerdictCounts = components['schemas']['VerdictCounts'];
export type VerdictInterval = components['schemas']['VerdictInterval'];
export type VerdictNotFound = components['schemas']['VerdictNotFound'];
export type VerdictRateLimited = components['schemas']['VerdictRateLimited'];
export type VerdictRefused = components['schemas']['VerdictRefused'];
export type VerdictUnseenLimit = components['schemas']['VerdictUnseenLimit'];
export type VerdictValid = components['schemas']['VerdictValid'];
export type Verifications = components['schemas']['Verifications'];
export type Verify = components['schemas']['Verify'];
export type Workspace = components['schemas']['Workspace'];
export type WorkspacePage = components['schemas']['WorkspacePage'];
export type WorkspaceWithBudget = components['schemas']['WorkspaceWithBudget'];
export type $defs = Record<string, never>;
export interface operations {
    listKeys: {
        parameters: {
            query?: {
                /** @description Only keys in this workspace. */
                workspaceId?: string | undefined;
                /** @description Only keys of this user. */
                ownerId?: string | undefined;
                /** @description Revoked keys are listed only when asked for. */
                status?: "active" | "disabled" | "expired" | "not_yet_valid" | "revoked" | Word | undefined;
                /** @description Only keys with this access. */
                access?: "use" | "manage" | "full" | Word | undefined;
                /** @description Keys of one of your customers, exactly as the keys name it. */
                externalUserId?: string | undefined;
                /** @description `name:value`; may be repeated, and then every one must be on the key. */
                label?: string[] | undefined;
                /** @description Words between spaces; every one must stand somewhere in the name or in the mask, also within a word: `code` finds OpenCode. Every sign of a name counts, of any script, pictures and punctuation too; of a mask its letters and digits, or the mask as a whole. Letter case is ignored, and so is how a sign is written (`istanbul` finds İstanbul, `strasse` Straße, wide and narrow forms, composed or not); accents are not. A search without anything that can be seen is refused. 503 while a database that was upgraded is still being prepared. */
                search?: string | undefined;
                /** @description Never used, or last used before this time. */
                unusedSince?: string | undefined;
                /** @description Only keys that expire before this time. */
                expiresBefore?: string | undefined;
                /** @description Only keys made before this time. */
                createdBefore?: string | undefined;
                /** @description Only keys without a limit of their own. */
                unlimited?: "true" | undefined;
                /** @description Only keys without an expiry. */
                neverExpires?: "true" | undefined;
                /** @description Only keys that have used 80 % of one of their limits in a running window. */
                nearLimit?: "true" | undefined;
                /** @description createdAt and lastUsedAt newest first, expiresAt soonest first, spent most first. lastUsedAt follows within about a second, the order by spent money within about two. */
                sort?: "createdAt" | "lastUsedAt" | "expiresAt" | "spent" | Word | undefined;
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKey"];
            };
        };
        responses: {
            /** @description The key and its secret. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
        };
    };
    getOwnKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key and how it stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnKey"];
                };
            };
        };
    };
    revokeOwnKey: {
        parameters: {
            query?: {
                /** @description Kept with the key and in the audit log. */
                reason?: string | undefined;
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revocation"];
                };
            };
        };
    };
    importKeys: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportKeys"];
            };
        };
        responses: {
            /** @description One result for each key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeysImported"];
                };
            };
        };
    };
    revokeKeys: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeKeys"];
            };
        };
        responses: {
            /** @description One result for each key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeysRevoked"];
                };
            };
        };
    };
    getKeyHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many there are of each kind. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyHealth"];
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: {
                /** @description Kept with the key and in the audit log. */
                reason?: string | undefined;
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revocation"];
                };
            };
        };
    };
    updateKey: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateKey"];
            };
        };
        responses: {
            /** @description The key as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateKey"];
            };
        } | undefined;
        responses: {
            /** @description The key and its new secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
        };
    };
    endOverlap: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    setBoost: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
                /** @description One of daily, weekly, monthly, total. */
                window: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetBoost"];
            };
        };
        responses: {
            /** @description The key as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    endBoost: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
                /** @description One of daily, weekly, monthly, total. */
                window: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    listKeyThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The crossings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdCrossings"];
                };
            };
        };
    };
    getKeyVerifications: {
        parameters: {
            query?: {
                /** @description The report begins with the hour of this time. 24 hours before `to` when absent; at most 14 days before it. */
                from?: string | undefined;
                /** @description Exclusive. Now when absent. */
                to?: string | undefined;
                /** @description The length of the interval of each row. */
                interval?: "hour" | "day" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How they went. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyVerifications"];
                };
            };
        };
    };
    getVerifications: {
        parameters: {
            query?: {
                /** @description The report begins with the hour of this time. 24 hours before `to` when absent; at most 14 days before it. */
                from?: string | undefined;
                /** @description Exclusive. Now when absent. */
                to?: string | undefined;
                /** @description The length of the interval of each row. */
                interval?: "hour" | "day" | Word | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How they went. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verifications"];
                };
            };
        };
    };
    verifyKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Verify"];
            };
        };
        responses: {
            /** @description The decision. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdict"];
                };
            };
        };
    };
    authorize: {
        parameters: {
            query?: {
                /** @description An expression that the key must meet. Also as the header `X-Auth-Permission`. */
                permission?: string | undefined;
                /** @description USD to spend at once. Also as the header `X-Auth-Charge`. */
                charge?: string | undefined;
                /** @description Units to take from named rate limits instead of one each, at least 1. Also as the header `X-Auth-Cost`. */
                cost?: string | undefined;
                /** @description Answers 403 with `X-Auth-Status` in place of 402 and 429, which auth_request does not know. Also as the header `X-Auth-Mode`. */
                mode?: "nginx" | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request may pass; the headers name the key and its owner. */
            200: {
                headers: {
                    /** @description The id of the key; empty when the request is refused. */
                    "x-auth-key-id"?: string | undefined;
                    /** @description The id of the owner of the key. */
                    "x-auth-owner-id"?: string | undefined;
                    /** @description Your own id of the customer for whom the key is; empty for none. Percent-encoded. */
                    "x-auth-external-user-id"?: string | undefined;
                    /** @description The id of the workspace of the key. */
                    "x-auth-workspace-id"?: string | undefined;
                    /** @description The name of the key, percent-encoded. */
                    "x-auth-name"?: string | undefined;
                    /** @description The permissions of the key, separated by commas, each percent-encoded. */
                    "x-auth-permissions"?: string | undefined;
                    /** @description The labels of the key as `name=value`, separated by commas, percent-encoded. */
                    "x-auth-labels"?: string | undefined;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listReservations: {
        parameters: {
            query?: {
                /** @description Only reservations of this key. */
                keyId?: string | undefined;
                /** @description Only reservations in this state; those that have run out count as expired. */
                state?: "open" | "settled" | "released" | "expired" | Word | undefined;
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of reservations. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationPage"];
                };
            };
        };
    };
    createReservation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateReservation"];
            };
        };
        responses: {
            /** @description The reservation, and where every limit above the key stands with it. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reserved"];
                };
            };
        };
    };
    getReservation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the reservation. */
                reservationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The reservation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
        };
    };
    extendReservation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the reservation. */
                reservationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtendReservation"];
            };
        };
        responses: {
            /** @description The reservation, and where every limit above the key stands with it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationExtended"];
                };
            };
        };
    };
    settleReservation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the reservation. */
                reservationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettleReservation"];
            };
        };
        responses: {
            /** @description The settled reservation, and where every limit above the key stands with it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationSettled"];
                };
            };
        };
    };
    releaseReservation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the reservation. */
                reservationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The reservation as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
        };
    };
    summariseUsage: {
        parameters: {
            query?: {
                /** @description The interval that it lies in is the first. A time in UTC, or a day, which stands for its first moment: `2026-11-01` is `2026-11-01T00:00:00Z`. 30 days before `to` when absent. */
                from?: string | undefined;
                /** @description The end, exclusive: the interval before it is the last. A day stands for its first moment, so with `to=2026-11-30` the last day is 29 November; the whole of November is `from=2026-11-01&to=2026-12-01`. Now when absent. */
                to?: string | undefined;
                /** @description The length of the interval of each row. */
                interval?: "hour" | "day" | "week" | "month" | Word | undefined;
                /** @description Splits each interval into groups: key, owner, workspace, externalUserId, label:<name> or meta:<name>. Repeat it to group by two, of which at most one is meta: `groupBy=key&groupBy=meta:model`. The report is not grouped when it is absent. */
                groupBy?: string[] | undefined;
                /** @description Only usage of this key. */
                keyId?: string | undefined;
                /** @description Only usage in this workspace. */
                workspaceId?: string | undefined;
                /** @description Only keys that stand for this customer now. */
                externalUserId?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row per interval and group, and one more row for its corrections, if any. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReport"];
                    "text/csv": string;
                };
            };
        };
    };
    reportUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportUsage"];
            };
        };
        responses: {
            /** @description How many events were new. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReported"];
                };
            };
        };
    };
    correctUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectUsage"];
            };
        };
        responses: {
            /** @description The corrected amount. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageCorrection"];
                };
            };
        };
    };
    listAllThresholds: {
        parameters: {
            query?: {
                /** @description Only crossings from this time on, inclusive. */
                since?: string | undefined;
                /** @description Only this threshold. */
                percent?: 50 | 80 | 100 | undefined;
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of crossings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordThresholdCrossingPage"];
                };
            };
        };
    };
    findUsageEvent: {
        parameters: {
            query: {
                /** @description The id of the key that paid. */
                keyId: string;
                /** @description The id by which it was reported, or the requestId of a charge. */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event, if there is one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordedEvents"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description Only users with this role. */
                role?: "ROOT" | "ADMIN" | "USER" | "SERVICE" | Word | undefined;
                /** @description Only the users with this id of your own. */
                externalId?: string | undefined;
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of users. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateUser"];
            };
        };
        responses: {
            /** @description The user. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserWithBudget"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateUser: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateUser"];
            };
        };
        responses: {
            /** @description The user as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    listUserThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The crossings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdCrossings"];
                };
            };
        };
    };
    getImpact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the record: a UUID that never changes. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys that would stop. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Impact"];
                };
            };
        };
    };
    handOver: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The id of the record: a UUID that never changes. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandOver"];
            };
        };
        responses: {
            /** @description One result for each key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandedOver"];
                };
            };
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of workspaces. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspacePage"];
                };
            };
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWorkspace"];
            };
        };
        responses: {
            /** @description The workspace. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspaceWithBudget"];
                };
            };
        };
    };
    deleteWorkspace: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateWorkspace: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateWorkspace"];
            };
        };
        responses: {
            /** @description The workspace as it now stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
        };
    };
    listWorkspaceThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The crossings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdCrossings"];
                };
            };
        };
    };
    listMembers: {
        parameters: {
            query?: {
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of members. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
        };
    };
    addMember: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddMember"];
            };
        };
        responses: {
            /** @description The user is a member already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description The new member. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    removeMember: {
        parameters: {
            query?: {
                /** @description Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`. */
                wait?: "all" | "none" | Word | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description Its id or its slug. */
                ref: string;
                /** @description The id of the member. */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only acts on records of this kind. */
                targetKind?: "key" | "user" | "workspace" | "system" | Word | undefined;
                /** @description Only acts on the record with this id. */
                targetId?: string | undefined;
                /** @description Only acts of this user. */
                actorUserId?: string | undefined;
                /** @description Only entries of one request, by the `X-Request-Id` of its answer. */
                requestId?: string | undefined;
                /** @description Only acts of this name, such as `key.revoke`. */
                action?: string | undefined;
                /** @description Only acts that were done, or only those that were denied. */
                outcome?: "done" | "denied" | Word | undefined;
                /** @description Only acts from this time on. */
                from?: string | undefined;
                /** @description Only acts before this time. */
                to?: string | undefined;
                /** @description The greatest number of entries in one page, from 1 to 100. */
                limit?: number | undefined;
                /** @description The previous page's `nextCursor`, with the same filters and order. */
                cursor?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of entries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
        };
    };
    followChanges: {
        parameters: {
            query?: {
                /** @description The last revision that the client knows; the stream begins after it. Without it, only new changes are sent. */
                since?: number | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, for up to an hour. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
}
