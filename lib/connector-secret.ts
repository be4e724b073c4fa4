/**
 * Options of `HybridRunner.addConnectorSecret`.
 */
export interface ConnectorSecretOptions {
  /**
   * Field of a JSON secret that holds the value.
   *
   * @default - the whole secret string is the value
   */
  readonly field?: string;
}
