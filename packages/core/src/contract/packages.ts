import type { PaymentProvider } from "./provider.ts";
import type { PaymentStore } from "./store.ts";

/** The part of Standard Schema (https://standardschema.dev) that Pay uses; valibot, zod and arktype implement it. */
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
        /** What the field must be. Pay shows it, so it holds no value. */
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/**
 * The export named `adapter` of an adapter package, so that a configuration can name the package:
 * `{ "use": "@pay/sellly", … }` with all other keys as its options.
 */
export interface AdapterPackage<Options = never> {
  readonly contract: 1;
  /** The options that a configuration may hold. */
  // biome-ignore lint/suspicious/noExplicitAny: its output is the argument of `create`
  readonly options: OptionsSchema<any>;
  // biome-ignore lint/suspicious/noExplicitAny: each adapter has its own checkout options
  readonly create: (options: Options) => PaymentProvider<any, any>;
}

/** The export named `storePackage` of a store package, so that a configuration can name its database by an address. */
export interface StorePackage {
  readonly contract: 1;
  /**
   * @param address as in the configuration, e.g. `sqlite:pay.db` or `postgres://…`
   * @param folder the folder that relative paths in the address start from
   * @throws PayError `INVALID_CONFIG`
   */
  readonly open: (address: string, folder: string) => PaymentStore;
}
