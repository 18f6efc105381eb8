import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'auth:public';

/** A route that anybody may call. */
export const Public = () => SetMetadata(PUBLIC, true);
