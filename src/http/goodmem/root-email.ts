/** The address of the first user, which this dialect's clients know (docs/wire/goodmem.md#set-up-and-users). */
export const ROOT_EMAIL = 'root@goodmem.ai'
