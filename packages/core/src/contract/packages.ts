import type { PaymentProvider } from "./provider.ts";
import type { PaymentStore } from "./store.ts";

/** The part of Standard Schema (https://standardschema.dev) that is used here; valibot, zod and arktype have it. */
export interface OptionsSchema<Options> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Options> | Promise<SchemaResult<Options>>;
    readonly types?: { readonly input: unknown; readonly output: Options } | undefined;
  };
}

export type SchemaResult<Options> =
  | { readonly value: Options; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        /** What the field must be. It is shown, so it holds no value. */
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/**
 * What an adapter package exports under the name `adapter`, so that a configuration can name the package:
 * `{ "use": "@pay/sellly", … }` with everything else as its options.
 */
export interface AdapterPackage<Options = never> {
  readonly contract: 1;
  /** The options that a configuration may hold. */
  // biome-ignore lint/suspicious/noExplicitAny: what it validates to is what `create` takes
  readonly options: OptionsSchema<any>;
  // biome-ignore lint/suspicious/noExplicitAny: each adapter has options of its own for a checkout
  readonly create: (options: Options) => PaymentProvider<any, any>;
}

/** What a store package exports under the name `storePackage`, so that a configuration can name its database by an address. */
export interface StorePackage {
  readonly contract: 1;
  /**
   * @param address as in the configuration, e.g. `sqlite:pay.db` or `postgres://…`
   * @param folder what relative paths in it start from
   * @throws PayError `INVALID_CONFIG`
   */
  readonly open: (address: string, folder: string) => PaymentStore;
}
