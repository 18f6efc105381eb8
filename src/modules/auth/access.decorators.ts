import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../common/context/principal.js';

/** What a route asks of whoever calls it. A route that doesn't say is closed to everybody. */
export type Access = 'public' | { readonly scope: Scope; readonly platform: boolean };

export const ACCESS = 'auth:access';

/** A route that anybody may call. */
export const Public = () => SetMetadata<string, Access>(ACCESS, 'public');

/** A route for principals of either kind that have the scope. */
export const Requires = (scope: Scope) => SetMetadata<string, Access>(ACCESS, { scope, platform: false });

/** A route for principals of the platform that have the scope. */
export const PlatformRequires = (scope: Scope) => SetMetadata<string, Access>(ACCESS, { scope, platform: true });
