/** The id in an address, as Next hands it over: still escaped. A broken escape stays as typed: nothing has that id. */
export async function routeId(params: Promise<{ readonly id: string }>): Promise<string> {
  const { id } = await params;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
