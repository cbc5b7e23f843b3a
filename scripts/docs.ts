import { writeFileSync } from 'node:fs'
import { clientTypes, TYPES_PATH } from '../packages/client/scripts/types.ts'
import { authorityPage } from './authority-page.ts'
import { commandPage } from './command-page.ts'
import { configurationPage } from './configuration-page.ts'
import { BUILT_PATH, buildDashboard, builtModule } from './dashboard-build.ts'
import { DECISIONS, decisionsIndex } from './decisions-index.ts'
import { DOTNET_FAULTS_PATH, dotnetFaults } from './dotnet-faults.ts'
import { GO_FAULTS_PATH, goFaults } from './go-faults.ts'
import { DOTNET_MODELS_PATH, dotnetModels } from './models/dotnet.ts'
import { GO_MODELS_PATH, goModels } from './models/go.ts'
import { readModels } from './models/reader.ts'
import { TYPESCRIPT_FAULTS_PATH, typescriptFaults } from './typescript-faults.ts'

// Writes everything that is generated from tables in the code: pages of docs/ and parts of the clients. Tests fail when one is stale.

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage())
writeFileSync(new URL('../docs/cli.md', import.meta.url), commandPage())
writeFileSync(`${DECISIONS}README.md`, decisionsIndex())
writeFileSync(new URL('../docs/authority.md', import.meta.url), authorityPage())
writeFileSync(TYPES_PATH, await clientTypes())
writeFileSync(GO_FAULTS_PATH, goFaults())
writeFileSync(DOTNET_FAULTS_PATH, dotnetFaults())
writeFileSync(TYPESCRIPT_FAULTS_PATH, typescriptFaults())
const models = await readModels()
writeFileSync(GO_MODELS_PATH, goModels(models))
writeFileSync(DOTNET_MODELS_PATH, dotnetModels(models))
// The dashboard bundles the client, so it is built again as well.
writeFileSync(BUILT_PATH, builtModule(await buildDashboard()))
