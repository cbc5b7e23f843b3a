import { z } from '@hono/zod-openapi'
import { MEMBER_STANDINGS, type Member } from '../../../core/people/queries.ts'
import { formatInstant } from '../../kernel/input.ts'
import { timeOut, uuidOut } from '../wire.ts'
import { workspaceRefParam } from './workspace-wire.ts'

/** A member of a workspace in an answer. Of the user it shows only what people of one workspace need to tell each other apart. */
export const MemberOut = z
  .object({
    userId: uuidOut,
    username: z.string(),
    displayName: z.string(),
    standing: z.enum(MEMBER_STANDINGS).openapi({
      description: 'Whether the user is a member or a manager of the workspace.',
    }),
    joinedAt: timeOut.openapi({
      description: 'When the user joined; in the default workspace, when the user was created.',
    }),
    addedById: uuidOut.nullable().openapi({
      description: 'The user that added this member; null in the default workspace, and when unknown.',
    }),
  })
  .openapi('Member')

/** A member as the wire shows it. */
export function renderMember({ user, standing, joinedAt, addedById }: Member): z.infer<typeof MemberOut> {
  const { id, username, displayName } = user
  return { userId: id, username, displayName, standing, joinedAt: formatInstant(joinedAt), addedById }
}

/** The path parameters that name a workspace and a user in it. */
export const memberParams = workspaceRefParam.extend({
  userId: z.string().openapi({
    param: { name: 'userId', in: 'path' },
    format: 'uuid',
    example: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
  }),
})
