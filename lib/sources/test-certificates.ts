/** Test only: certificates of a private authority, made by `openssl` in a directory. */
import { execFileSync } from "node:child_process";

const openssl = (directory: string, ...args: string[]) =>
  execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** `<name>.pem` and `<name>.key`, an authority that signs others. */
export function createAuthority(directory: string, name: string): void {
  openssl(
    directory,
    ...["req", "-x509", ...EC, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"],
  );
}

/**
 * `<name>.pem` and `<name>.key`, signed by an authority of that directory.
 *
 * @param names what it is for: `DNS:name`, `IP:address`
 */
export function createCertificate(
  directory: string,
  authority: string,
  name: string,
  names: readonly string[],
  { expired = false }: { readonly expired?: boolean } = {},
): void {
  openssl(
    directory,
    ...["req", "-new", ...EC, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
    ...["-addext", `subjectAltName=${names.join(",")}`, "-addext", "basicConstraints=CA:FALSE"],
  );
  openssl(
    directory,
    ...["x509", "-req", "-in", `${name}.csr`, "-CA", `${authority}.pem`, "-CAkey", `${authority}.key`],
    ...["-CAcreateserial", "-copy_extensions", "copy", "-out", `${name}.pem`],
    ...["-days", expired ? "-1" : "2"],
  );
}
